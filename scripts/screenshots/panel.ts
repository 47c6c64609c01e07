import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium, type Browser, type Page } from 'playwright-core'
import { createServer } from 'vite'
import { Problem } from '../../sandbox/problem.ts'
import { overflowing } from '../../tests/support/pages/looks.ts'
import { panelStates } from '../../tests/support/pages/panel-states.ts'
import { BROWSER_ARGS, findBrowser, TSX_HELPER } from '../browser.ts'
import { cutTexts } from './cut-texts.ts'
import { writeGallery, type Screenshot } from './gallery.ts'
import { isPseudo, localeOf, pseudoLanguage } from './pseudo-language.ts'
import { WINDOW } from './views.ts'

const FOLDER = 'shots'
const CACHE = `node_modules/.vite-gallery-${process.pid}`
const QUIET_MS = 1000
/** For one state stores 100,000 runs first, and a machine may have more to do. */
const PATIENCE_MS = 600_000
/** A list of 100,000 runs is higher than any picture. */
const HIGHEST = 1800
/** Enough to find an element by its text. */
const LINE = 160

interface PanelView {
  readonly width: number
  readonly height: number
  readonly theme: 'dark' | 'light'
}

const VIEWS: readonly PanelView[] = [
  { ...WINDOW, theme: 'dark' },
  { width: 600, height: 900, theme: 'light' },
]
/** The other widths that issue texts are looked at in; the last is the large window at 200 %. */
const PSEUDO_VIEWS: readonly PanelView[] = [
  ...VIEWS,
  { width: 1024, height: 700, theme: 'dark' },
  { width: 700, height: 450, theme: 'light' },
]

interface PanelGallery {
  /** `pseudo` and `pseudo-rtl` have long texts, from left to right and from right to left. */
  readonly languages: readonly string[]
  /** None for all. */
  readonly states: readonly string[]
}

/**
 * Every state of the development page, which needs no ComfyUI: in each language, dark in a large
 * window and light in a narrow one. Throws a `Problem` if a text cannot be read whole.
 */
export async function takePanelScreenshots({ languages, states }: PanelGallery): Promise<void> {
  await mkdir(FOLDER, { recursive: true })
  const gallery: Gallery = { taken: [], wrong: [] }
  const browser = await chromium.launch({ executablePath: findBrowser(), args: BROWSER_ARGS })
  try {
    for (const language of languages) await captureLanguage(browser, language, states, gallery)
  } finally {
    await browser.close()
    await writeGallery(FOLDER, gallery.taken)
  }
  console.log(`${gallery.taken.length} screenshots: ${join(FOLDER, 'index.html')}`)
  if (gallery.wrong.length > 0)
    throw new Problem(`Texts or parts that do not fit: ${gallery.wrong.length}, named above.`)
}

interface Gallery {
  readonly taken: Screenshot[]
  /** What is cut or too wide. */
  readonly wrong: string[]
}

/** By a server of its own, as pseudo-languages take the place of others. */
async function captureLanguage(
  browser: Browser,
  language: string,
  states: readonly string[],
  gallery: Gallery,
): Promise<void> {
  const server = await createServer({
    // A page that is loaded again, as a file was saved, loses what is being looked at.
    server: { port: 0, hmr: false, watch: null },
    // For the same reason: Vite keeps them by lock file, and loads the page again when today's source
    // imports one that was not there when they were kept.
    optimizeDeps: { force: true },
    // Another gallery, or `npm run dev`, would replace them under its pages.
    cacheDir: CACHE,
    logLevel: 'warn',
    plugins: isPseudo(language) ? [pseudoLanguage(language)] : [],
  })
  const person = await browser.newContext({ locale: localeOf(language) })
  try {
    await server.listen()
    const address = server.resolvedUrls?.local[0]
    if (address === undefined) throw new Problem('The development page has no address.')
    await person.addInitScript(TSX_HELPER)
    const page = await person.newPage()
    page.setDefaultTimeout(PATIENCE_MS)
    const chosen = chosenStates(await panelStates(page, address), states)
    for (const state of chosen) await captureState(page, address, { language, state }, gallery)
  } finally {
    await person.close()
    await server.close()
    await rm(CACHE, { recursive: true, force: true })
  }
}

/** The page shows its usual state under any other name, in which nothing of the one meant is cut. */
export function chosenStates(
  known: readonly string[],
  asked: readonly string[],
): readonly string[] {
  const unknown = asked.find((state) => !known.includes(state))
  if (unknown === undefined) return asked.length > 0 ? asked : known
  throw new Problem(`There is no state "${unknown}". --states takes some of ${known.join(', ')}.`)
}

async function captureState(
  page: Page,
  address: string,
  { language, state }: { readonly language: string; readonly state: string },
  { taken, wrong }: Gallery,
): Promise<void> {
  await page.goto(`${address}?${new URLSearchParams({ state, locale: localeOf(language) })}`)
  await page.locator(`html[data-shown="${state}"]`).waitFor()
  await page.addStyleTag({ content: '#switches { display: none }' })
  for (const { theme, ...window } of isPseudo(language) ? PSEUDO_VIEWS : VIEWS) {
    const view = `${language}-${window.width}`
    await page.setViewportSize(window)
    await page.evaluate(
      (isLight) => document.documentElement.classList.toggle('light', isLight),
      theme === 'light',
    )
    // Pages of their own follow the system.
    await page.emulateMedia({ colorScheme: theme })
    await drawn(page)
    // The figure on a column of a chart is drawn, and may be wider than it.
    const found = (await overflowing(page))
      .filter((element) => !element.endsWith(': '))
      .map((element) => `too wide: ${element}`)
    for (const line of [...found, ...(await cutTexts(page))]) {
      console.log(`${state} ${view}: ${line.slice(0, LINE)}`)
      wrong.push(line)
    }
    const file = `panel-${state}-${view}.png`
    const height = await page.evaluate(() => document.documentElement.scrollHeight)
    await page.screenshot({
      path: join(FOLDER, file),
      animations: 'disabled',
      fullPage: true,
      clip: { x: 0, y: 0, width: window.width, height: Math.min(height, HIGHEST) },
    })
    taken.push({ version: 'panel', state, view, file })
  }
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
        new MutationObserver((records) => {
          const isMore = records.some(
            ({ type, addedNodes, removedNodes }) =>
              type === 'attributes' ||
              [...addedNodes, ...removedNodes].some((node) => node.nodeType !== Node.TEXT_NODE),
          )
          // A clock changes its text each second, and waits for nothing.
          if (isMore) again()
        }).observe(document, {
          subtree: true,
          childList: true,
          attributes: true,
        })
        new PerformanceObserver(again).observe({ type: 'resource' })
      }),
    QUIET_MS,
  )
}
