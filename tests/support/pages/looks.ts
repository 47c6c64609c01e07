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

/** As the person would choose it in the settings. */
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
 * Makes the window as wide as it takes for our panel to have `width` pixels. False where the host
 * never gives that much: 1.45's settings are at most 688 px wide.
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

/** The text of the whole page in this size, as browsers and systems can be set to show it. */
export function setTextSize(page: Page, percent: number): Promise<void> {
  return page.evaluate((size) => {
    if (size === 100) document.documentElement.style.removeProperty('font-size')
    else document.documentElement.style.setProperty('font-size', `${size}%`)
  }, percent)
}

/** What is in the middle of its change, a colour or the host's sidebar, is nobody's to judge. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(() =>
    Promise.allSettled(
      document
        .getAnimations()
        .filter((animation) => animation.effect?.getComputedTiming().endTime !== Infinity)
        .map((animation) => animation.finished),
    ),
  )
}

/**
 * What axe-core finds wrong in our panel, each as one line; the host's faults are the host's. A
 * contrast that it cannot judge counts as wrong: ours are made so that it can. Of an open popup,
 * which has all behind it covered and out of reach, it is the popup alone.
 */
export async function violations(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => window.axe !== undefined)))
    await page.evaluate(readFileSync(AXE, 'utf8'))
  await settled(page)
  const results = await page.evaluate(() =>
    window.axe?.run(document.querySelector('dialog.cc-dialog') ?? '.comfyui-credits'),
  )
  if (!results) throw new Error('axe-core is not in the page.')
  const unjudged = results.incomplete.filter(({ id }) => id.startsWith('color-contrast'))
  return [...results.violations, ...unjudged].flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} ${target.join(' ')}: ${failureSummary}`),
  )
}

/**
 * What sticks out of our panel or popup sideways, or is cut there (the clamped titles are meant),
 * and what of the host around it would have to be scrolled sideways.
 */
export async function overflowing(page: Page): Promise<string[]> {
  await settled(page)
  return page.evaluate(() => {
    const tooWide = (element: Element): boolean => element.scrollWidth > element.clientWidth + 1
    const ours = [...document.querySelectorAll('.comfyui-credits, .comfyui-credits *')].filter(
      (element) => {
        const { display, overflowX } = getComputedStyle(element)
        // What is typed moves along inside its field.
        const isMeant = element.matches('input') || element.closest('.cc-hidden-text, svg, style')
        if (display === 'inline' || isMeant) return false
        return tooWide(element) && overflowX !== 'hidden'
      },
    )
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

/**
 * Nothing is wrong by `violations` and `overflowing`, as soon as all is in its place: what comes in
 * while they look, they cannot judge. `where` is said with what they find.
 */
export async function expectFine(page: Page, where: string): Promise<void> {
  await eventually(
    async () => ({ where, wrong: [...(await violations(page)), ...(await overflowing(page))] }),
    { where, wrong: [] },
  )
}

/** As the browser zooms: the page has less room by that. The result sets it back. */
export async function setZoom(page: Page, percent: number): Promise<() => Promise<void>> {
  const size = page.viewportSize() ?? { width: 1400, height: 900 }
  await page.setViewportSize({
    width: Math.round((size.width * 100) / percent),
    height: Math.round((size.height * 100) / percent),
  })
  return () => page.setViewportSize(size)
}

/** What of ours moves just now, by its class. */
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
