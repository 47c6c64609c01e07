import type { Page } from 'playwright-core'
import { setSetting } from '../../tests/support/pages/comfy.ts'
import {
  PALETTES,
  setPalette,
  setPaneWidth,
  setTextSize,
  setZoom,
  type Palette,
} from '../../tests/support/pages/looks.ts'

export const WINDOW = { width: 1400, height: 900 }
const OTHER_WINDOWS = [
  { width: 1024, height: 700 },
  { width: 600, height: 900 },
]
const PANE_WIDTHS = [600, 1000]

/** A way to show a state. `enter` resolves to false where this host cannot show it so. */
export interface View {
  readonly name: string
  readonly enter: (page: Page) => Promise<boolean>
  readonly leave: (page: Page) => Promise<void>
}

function view(
  name: string,
  enter: (page: Page) => Promise<unknown>,
  leave: (page: Page) => Promise<unknown>,
): View {
  return {
    name,
    enter: async (page) => (await enter(page)) !== false,
    leave: async (page) => void (await leave(page)),
  }
}

const inPalette = (palette: Palette): View =>
  view(
    palette,
    (page) => setPalette(page, palette),
    (page) => setPalette(page, 'dark'),
  )

async function setLanguage(page: Page, language: string): Promise<void> {
  await setSetting(page, 'Comfy.Locale', language)
  await page.locator(`.comfyui-credits[lang="${language}"]`).waitFor()
}

/** For every state. */
export const both: readonly View[] = [inPalette('dark'), inPalette('light')]

/** For our own pages, which do not have ComfyUI's palette. */
export const bySystem: readonly View[] = (['dark', 'light'] as const).map((colorScheme) =>
  view(
    colorScheme,
    (page) => page.emulateMedia({ colorScheme }),
    (page) => page.emulateMedia({ colorScheme: null }),
  ),
)

/** For the states with the most on screen. */
export const all: readonly View[] = [
  ...PALETTES.map(inPalette),
  ...OTHER_WINDOWS.map((size) =>
    view(
      `${size.width}x${size.height}`,
      (page) => page.setViewportSize(size),
      (page) => page.setViewportSize(WINDOW),
    ),
  ),
  ...PANE_WIDTHS.map((width) =>
    view(
      `${width}px`,
      (page) => setPaneWidth(page, width),
      (page) => page.setViewportSize(WINDOW),
    ),
  ),
  view(
    'large-text',
    (page) => setTextSize(page, 200),
    (page) => setTextSize(page, 100),
  ),
  view(
    'zoomed',
    (page) => setZoom(page, 200),
    (page) => page.setViewportSize(WINDOW),
  ),
  view(
    'chinese',
    (page) => setLanguage(page, 'zh'),
    (page) => setLanguage(page, 'en'),
  ),
  view(
    'arabic',
    (page) => setLanguage(page, 'ar'),
    (page) => setLanguage(page, 'en'),
  ),
  view(
    'forced-colors',
    (page) => page.emulateMedia({ forcedColors: 'active' }),
    (page) => page.emulateMedia({ forcedColors: null }),
  ),
]
