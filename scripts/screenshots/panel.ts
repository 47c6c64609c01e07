import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium, type Browser, type Page } from 'playwright-core'
import { createServer } from 'vite'
import { Problem } from '../../sandbox/problem.ts'
import { overflowing } from '../../tests/support/pages/looks.ts'
import { panelStates } from '../../tests/support/pages/panel-states.ts'
import { BROWSER_ARGS, findBrowser, TSX_HELPER } from '../browser.ts'
import { writeGallery, type Screenshot } from './gallery.ts'
import { cutTexts, PSEUDO_AS, pseudoLanguage } from './pseudo-language.ts'
import { WINDOW } from './views.ts'

const FOLDER = 'shots'
const QUIET_MS = 1000
const VIEWS = [
  { ...WINDOW, theme: 'dark' },
  { width: 600, height: 900, theme: 'light' },
] as const

const PSEUDO = 'pseudo'

interface PanelGallery {
  /** `pseudo` has long texts from right to left, and what is cut of them is named. */
  readonly languages: readonly string[]
  /** None for all. */
  readonly states: readonly string[]
}

/**
 * Every state of the development page, which needs no ComfyUI: in each language, dark in a large
 * window and light in a narrow one.
 */
export async function takePanelScreenshots({ languages, states }: PanelGallery): Promise<void> {
  await mkdir(FOLDER, { recursive: true })
  const server = await createServer({
    server: { port: 0 },
    logLevel: 'warn',
    plugins: languages.includes(PSEUDO) ? [pseudoLanguage()] : [],
  })
  const taken: Screenshot[] = []
  let browser: Browser | null = null
  try {
    await server.listen()
    const address = server.resolvedUrls?.local[0]
    if (address === undefined) throw new Problem('The development page has no address.')
    browser = await chromium.launch({ executablePath: findBrowser(), args: BROWSER_ARGS })
    for (const language of languages) {
      const locale = language === PSEUDO ? PSEUDO_AS : language
      const person = await browser.newContext({ locale })
      await person.addInitScript(TSX_HELPER)
      const page = await person.newPage()
      const chosen = states.length > 0 ? states : await panelStates(page, address)
      for (const state of chosen) taken.push(...(await capture(page, address, language, state)))
      await person.close()
    }
  } finally {
    await browser?.close()
    await server.close()
    await writeGallery(FOLDER, taken)
  }
  console.log(`${taken.length} screenshots: ${join(FOLDER, 'index.html')}`)
}

async function capture(
  page: Page,
  address: string,
  language: string,
  state: string,
): Promise<Screenshot[]> {
  const locale = language === PSEUDO ? PSEUDO_AS : language
  await page.goto(`${address}?${new URLSearchParams({ state, locale })}`)
  // 100,000 runs are stored first.
  await page.locator(`html[data-shown="${state}"]`).waitFor({ timeout: 180_000 })
  const taken: Screenshot[] = []
  for (const { theme, ...window } of VIEWS) {
    const view = `${language}-${window.width}`
    await page.setViewportSize(window)
    await page.evaluate(
      (isLight) => document.documentElement.classList.toggle('light', isLight),
      theme === 'light',
    )
    await drawn(page)
    for (const element of await overflowing(page))
      console.log(`${state} ${view}: too wide: ${element}`)
    for (const element of await cutTexts(page)) console.log(`${state} ${view}: cut: ${element}`)
    const file = `panel-${state}-${view}.png`
    await page.screenshot({ path: join(FOLDER, file), animations: 'disabled' })
    taken.push({ version: 'panel', state, view, file })
  }
  return taken
}

/** Parts are loaded as they are needed: none of them has come, or changed anything, for a while. */
function drawn(page: Page): Promise<void> {
  return page.evaluate(
    (quietMs) =>
      new Promise<void>((resolve) => {
        let timer = setTimeout(resolve, quietMs)
        const again = (): void => {
          clearTimeout(timer)
          timer = setTimeout(resolve, quietMs)
        }
        new MutationObserver(again).observe(document, {
          subtree: true,
          childList: true,
          attributes: true,
        })
        new PerformanceObserver(again).observe({ type: 'resource' })
      }),
    QUIET_MS,
  )
}
