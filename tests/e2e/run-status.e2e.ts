import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  closeSettings,
  creditsPanel,
  logInDirectly,
  logOut,
  openComfy,
  openCredits,
  runCommand,
  setSetting,
  setWidgets,
  tabPanel,
} from '../support/pages/comfy.ts'
import { eventually } from './support/eventually.ts'
import { keptRuns } from './support/stored-runs.ts'
import { hostVersion, openWorld, watchErrors, type World } from './support/world.ts'

const BADGE = 'ComfyUICredits.Badge'
const TOAST = 'ComfyUICredits.RunToast'

let world: World
let page: Page
let errors: string[]
beforeAll(async () => {
  world = await openWorld()
  page = await (await world.newPerson()).newPage()
  errors = watchErrors(page)
  await openComfy(page, world.sandbox.urls.comfyui)
  await logInDirectly(page, 'user@example.com')
})
afterAll(() => world.close())

/** By its attribute: in 1.58 an open dialog takes all else out of the accessibility tree. */
const badge = () => page.locator('button[aria-label^="Credits: "]')
const label = () => badge().textContent()

/** In the order of the server. */
async function keptBatches(): Promise<number[]> {
  const runs = await keptRuns(page)
  return runs.toSorted((a, b) => (a.number ?? 0) - (b.number ?? 0)).map(({ batch }) => batch)
}

describe(`beside the panel, on ComfyUI ${hostVersion}`, () => {
  it('the balance is in the top bar unless it is switched off, and opens Overview at its heading', async () => {
    await eventually(label, '2,110', 20_000)
    await setSetting(page, BADGE, false)
    await badge().waitFor({ state: 'detached' })
    await setSetting(page, BADGE, true)
    await eventually(label, '2,110', 20_000)
    await badge().click()
    await tabPanel(page, 'Overview').waitFor()
    const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim())
    await eventually(focused, 'Credits')
    await page.keyboard.press('Tab')
    await eventually(focused, 'Buy credits')
    await closeSettings(page)
  })

  it('a run says what it has cost so far, in the top bar and in the panel, and at its end a toast', async () => {
    await setSetting(page, TOAST, true)
    await setWidgets(page, { prompt: '[held] a harbour' })
    await openCredits(page)
    await runCommand(page, 'Comfy.QueuePrompt')
    await eventually(label, '12.66 so far', 20_000)
    const line = creditsPanel(page).getByText('12.66 credits so far (quoted)')
    await line.waitFor()
    await runCommand(page, 'Comfy.Interrupt')
    await eventually(() => line.count(), 0)
    await page
      .getByText('Charged, nothing delivered: 12.66 credits. Balance 2,097.34')
      .first()
      .waitFor()
    await eventually(label, '2,097.34')
  })

  // The host takes what was pressed last first: seen in 1.40.7 and 1.58.1.
  it('several presses at once are runs of their own batch', async () => {
    await setSetting(page, TOAST, false)
    await setWidgets(page, { prompt: 'a quay', control_after_generate: 'randomize' })
    await page.evaluate(async () => {
      const { app } = window.comfyAPI?.app ?? {}
      const { queuePrompt } = app as { queuePrompt?: (at: number, batch: number) => unknown }
      await Promise.all([1, 2].map((batch) => queuePrompt?.call(app, 0, batch)))
    })
    await eventually(keptBatches, [1, 2, 2, 1], 40_000)
  })

  it('goes with the login', async () => {
    // 1.45 asks under its settings where a tooltip, also of its own, was shown when they opened.
    await openComfy(page, world.sandbox.urls.comfyui)
    await badge().waitFor()
    await logOut(page)
    await eventually(() => badge().count(), 0)
    expect(errors).toEqual([])
  })
})
