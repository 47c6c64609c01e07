import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type axe from 'axe-core'
import type { Page } from 'playwright-core'
import { setSetting } from './comfy.ts'
import { eventually } from '../../e2e/support/eventually.ts'

declare global {
  interface Window {
    readonly axe?: typeof axe
  }
}

const AXE = fileURLToPath(import.meta.resolve('axe-core/axe.min.js'))

/** ComfyUI's own palettes (each version has them): its two defaults, and those with other colours. */
export const PALETTES = ['dark', 'light', 'solarized', 'nord', 'github', 'arc'] as const
export type Palette = (typeof PALETTES)[number]

/** Like choosing it in the settings. */
export async function setPalette(page: Page, palette: Palette): Promise<void> {
  await setSetting(page, 'Comfy.ColorPalette', palette)
  await page.waitForFunction(
    (light) => getComputedStyle(document.body).colorScheme.includes('light') === light,
    palette === 'light',
  )
}

const NARROWEST_WINDOW = 500
const WIDEST_WINDOW = 2000

/**
 * Resizes the window until our panel is `width` pixels wide. False if the host never gives it that
 * much: the settings of 1.45 are at most 688 px wide.
 */
export async function setPaneWidth(page: Page, width: number): Promise<boolean> {
  const height = page.viewportSize()?.height ?? 900
  const paneWidth = async (): Promise<number> => {
    await settled(page)
    return page.locator('.comfyui-credits').evaluate((panel) => panel.getBoundingClientRect().width)
  }
  let [low, high] = [NARROWEST_WINDOW, WIDEST_WINDOW]
  // The pane grows with the window, though not evenly.
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    await page.setViewportSize({ width: middle, height })
    if ((await paneWidth()) < width) low = middle + 1
    else high = middle
  }
  await page.setViewportSize({ width: low, height })
  return Math.abs((await paneWidth()) - width) < 2
}

/** Sets the whole page's text size, as browser and system settings can. */
export function setTextSize(page: Page, percent: number): Promise<void> {
  return page.evaluate((size) => {
    if (size === 100) document.documentElement.style.removeProperty('font-size')
    else document.documentElement.style.setProperty('font-size', `${size}%`)
  }, percent)
}

/**
 * Waits for what a resize starts, at the earliest in the next frame, and for transitions, of a colour
 * or the host's sidebar: their middle cannot be judged.
 */
async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve))
    await frame()
    await frame()
    await Promise.allSettled(
      document
        .getAnimations()
        .filter((animation) => animation.effect?.getComputedTiming().endTime !== Infinity)
        .map((animation) => animation.finished),
    )
  })
}

/**
 * axe-core's findings in our panel, one line each, without the host's. A contrast that it cannot judge
 * counts as a finding: ours allow it. If a popup or a popover is open, which covers what is behind it,
 * only that is checked.
 */
async function violations(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => window.axe !== undefined)))
    await page.evaluate(readFileSync(AXE, 'utf8'))
  await settled(page)
  const results = await page.evaluate(() =>
    window.axe?.run(document.querySelector('dialog.cc-dialog, .cc-popover') ?? '.comfyui-credits', {
      // Naming each element that passes takes a third of the time.
      resultTypes: ['violations', 'incomplete'],
    }),
  )
  if (!results) throw new Error('axe-core is not in the page.')
  const unjudged = results.incomplete.filter(({ id }) => id.startsWith('color-contrast'))
  return [...results.violations, ...unjudged].flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} ${target.join(' ')}: ${failureSummary}`),
  )
}

/**
 * What overflows our panel or popup horizontally or is cut there (except titles, which are clamped on
 * purpose), and the host's elements around it that would need to scroll horizontally.
 */
export async function overflowing(page: Page): Promise<string[]> {
  await settled(page)
  return page.evaluate(() => {
    const tooWide = (element: Element): boolean => element.scrollWidth > element.clientWidth + 1
    // A page of its own has no panel.
    const root = document.querySelector('.comfyui-credits') ? '.comfyui-credits' : 'body'
    const ours = [...document.querySelectorAll(`${root}, ${root} *`)].filter((element) => {
      const { display, overflowX } = getComputedStyle(element)
      // Typed text scrolls inside its field.
      const isMeant = element.matches('input') || element.closest('.cc-hidden-text, svg, style')
      if (display === 'inline' || isMeant) return false
      return tooWide(element) && overflowX !== 'hidden'
    })
    const around: Element[] = []
    for (
      let element = document.querySelector('.comfyui-credits')?.parentElement;
      element;
      element = element.parentElement
    )
      if (/auto|scroll/.test(getComputedStyle(element).overflowX) && tooWide(element))
        around.push(element)
    return [...ours, ...around].map(
      (element) => `${element.tagName} ${element.className}: ${element.textContent}`,
    )
  })
}

/** Expects nothing `overflowing`, once the host has answered the resize, which its own script does. */
export async function expectFits(page: Page, where: string): Promise<void> {
  await eventually(async () => ({ where, wrong: await overflowing(page) }), { where, wrong: [] })
}

/**
 * Expects no `violations` and no `overflowing`, once the page has settled: they cannot judge what
 * appears while they run. `where` names the place in their findings.
 */
export async function expectFine(page: Page, where: string): Promise<void> {
  await eventually(
    async () => ({ where, wrong: [...(await violations(page)), ...(await overflowing(page))] }),
    { where, wrong: [] },
  )
}

/** Zooms like the browser, which leaves the page less room. Returns a function that resets it. */
export async function setZoom(page: Page, percent: number): Promise<() => Promise<void>> {
  const size = page.viewportSize() ?? { width: 1400, height: 900 }
  await page.setViewportSize({
    width: Math.round((size.width * 100) / percent),
    height: Math.round((size.height * 100) / percent),
  })
  return () => page.setViewportSize(size)
}

/** Our elements that move at the moment, by class. */
export function moving(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    document.getAnimations().flatMap(({ effect, playState }) => {
      const target = effect instanceof KeyframeEffect ? effect.target : null
      return playState === 'running' && target?.closest('.comfyui-credits')
        ? (target.getAttribute('class') ?? target.tagName)
        : []
    }),
  )
}
