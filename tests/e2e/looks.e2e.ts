import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { balance, historyRows, openPanel, runCommand, setSetting } from '../support/pages/comfy.ts'
import {
  expectFine,
  expectFits,
  moving,
  PALETTES,
  setPalette,
  setPaneWidth,
  setTextSize,
  setZoom,
} from '../support/pages/looks.ts'
import { choose, closePopup, popup } from '../support/pages/purchase.ts'
import { hostVersion, openWorld, type World } from './support/world.ts'

const WIDTHS = [600, 800, 1000]
const SIZES = [100, 200]
const WINDOW = { width: 1400, height: 900 }
const BALANCE = /\/customers\/balance/

interface Place {
  readonly name: string
  readonly textSize: number
  readonly window: { readonly width: number; readonly height: number }
}

/** Where a pane is narrowest: on a phone, and with large text beside the host's sidebar. */
const NARROW_PLACES: readonly Place[] = [
  { name: 'phone', textSize: 100, window: { width: 320, height: 700 } },
  { name: 'phone, text 200 %', textSize: 200, window: { width: 360, height: 700 } },
  { name: 'small window, text 200 %', textSize: 200, window: { width: 900, height: 700 } },
]

let world: World
let page: Page
let places: readonly Place[]
beforeAll(async () => {
  world = await openWorld()
  const person = await world.newPerson()
  page = await person.newPage()
  await page.setViewportSize(WINDOW)
  await openPanel(page, world.sandbox.urls.comfyui, 'user@example.com')
  await balance(page).and(page.locator('[data-credits]')).waitFor()
  places = await findPlaces()
})
afterAll(() => world.close())

/** The windows in which the panel is as wide as we want; a width that no window gives is left out. */
async function findPlaces(): Promise<Place[]> {
  const found = [...NARROW_PLACES]
  for (const textSize of SIZES) {
    await setTextSize(page, textSize)
    for (const width of WIDTHS) {
      if (!(await setPaneWidth(page, width))) continue
      const window = page.viewportSize() ?? WINDOW
      found.push({ name: `${width} px, text ${textSize} %`, textSize, window })
    }
  }
  await leave()
  return found
}

async function leave(): Promise<void> {
  await setTextSize(page, 100)
  await page.setViewportSize(WINDOW)
}

/** Nothing is too wide, or against axe-core's rules in a palette, however it is looked at. */
async function expectNoFaults(): Promise<void> {
  expect(places.length).toBeGreaterThan(NARROW_PLACES.length)
  for (const { name, textSize, window } of places) {
    await setTextSize(page, textSize)
    await page.setViewportSize(window)
    await expectFits(page, name)
  }
  await leave()
  const zoomOut = await setZoom(page, 200)
  await expectFits(page, 'zoomed')
  await zoomOut()
  await setSetting(page, 'Comfy.Locale', 'zh')
  await page.locator('.comfyui-credits[lang="zh"]').waitFor()
  await expectFits(page, 'Chinese')
  await setSetting(page, 'Comfy.Locale', 'en')
  await page.locator('.comfyui-credits[lang="en"]').waitFor()
  for (const palette of PALETTES) {
    await setPalette(page, palette)
    await expectFine(page, palette)
  }
  await setPalette(page, 'dark')
}

describe(`on ComfyUI ${hostVersion}, at every width, size of text, zoom, language and palette,`, () => {
  it('the panel with a history needs no scrolling sideways and can be read', async () => {
    await runCommand(page, 'Comfy.QueuePrompt')
    await historyRows(page, 'run').and(page.locator('[data-status="succeeded"]')).waitFor()
    await expectNoFaults()
  })

  it.each(['ar', 'en'])('figures below each other end in one line in %s', async (language) => {
    await setSetting(page, 'Comfy.Locale', language)
    await page.locator(`.comfyui-credits[lang="${language}"]`).waitFor()
    const ends = await page
      .locator('.cc-cell-credits .cc-amount')
      .evaluateAll((figures) => figures.map((figure) => figure.getBoundingClientRect().right))
    expect(ends.length).toBeGreaterThan(1)
    for (const end of ends) expect(end).toBeCloseTo(ends[0] ?? NaN, 0)
  })

  it('the popup needs none and can be read, before and after Buy', async () => {
    await page.evaluate(() => {
      window.open = () => null
    })
    await choose(page, '$25')
    await expectNoFaults()
    await popup(page).getByRole('button', { name: 'Buy', exact: true }).click()
    await popup(page)
      .getByRole('link', { name: /^Open payment page/ })
      .waitFor()
    await expectNoFaults()
    await closePopup(page)
  })
})

describe(`on ComfyUI ${hostVersion}, as the person's system wants it`, () => {
  it('nothing of ours moves where motion is not wanted', async () => {
    await page.route(BALANCE, () => {}) // for ever under way, so that the arrow turns
    await page.getByRole('button', { name: 'Refresh balance' }).click()
    await page.locator('.cc-spin').first().waitFor()
    expect(await moving(page)).toContain('cc-icon cc-spin')
    await page.emulateMedia({ reducedMotion: 'reduce' })
    expect(await moving(page)).toEqual([])
    await page.emulateMedia({ reducedMotion: null })
    await page.unroute(BALANCE)
  })

  it('a button is seen as one where the system has the colours', async () => {
    await page.emulateMedia({ forcedColors: 'active' })
    const bare = await page.locator('.comfyui-credits .cc-button').evaluateAll((buttons) =>
      buttons.flatMap((button) => {
        const { borderTopWidth, borderTopColor, backgroundColor } = getComputedStyle(button)
        return borderTopWidth === '0px' || borderTopColor === backgroundColor
          ? button.textContent
          : []
      }),
    )
    expect(bare).toEqual([])
    await page.emulateMedia({ forcedColors: null })
  })
})
