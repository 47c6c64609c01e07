import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  closeSettings,
  logInDirectly,
  logOut,
  openComfy,
  openCredits,
  runCommand,
  setSetting,
  setWidgets,
  tabPanel,
} from '../support/pages/comfy.ts'
import { estimate as estimateOf } from '../support/pages/run-guard.ts'
import { drawWorkflow } from '../support/pages/workflow.ts'
import { eventually } from './support/eventually.ts'
import { hostVersion, openWorld, watchErrors, type World } from './support/world.ts'

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

const estimate = () => estimateOf(page)
const label = () => estimate().textContent()
const details = () => page.getByRole('dialog', { name: 'Estimated cost' })

/** The host, and so we, look at the workflow when the person has pressed something. */
const press = () => page.keyboard.press('Shift')

/** As its field beside Run does it. */
function setBatchCount(count: number): Promise<void> {
  return page.evaluate((wanted) => {
    const manager: unknown = window.comfyAPI?.app.app.extensionManager
    const { _p } = manager as { readonly _p: { readonly _s: ReadonlyMap<string, object> } }
    Object.assign(_p._s.get('queueSettingsStore') ?? {}, { batchCount: wanted })
  }, count)
}

describe(`the cost of the open workflow, on ComfyUI ${hostVersion}`, () => {
  it('stands beside Run, and follows widgets and the batch count', async () => {
    await eventually(label, '≈ 12.66 credits · $0.06', 20_000)
    await drawWorkflow(page, [
      { type: 'SampleImage', widgets: { quality: 'high', n: 2 } },
      { type: 'PreviewImage', from: { images: 0 } },
    ])
    await press()
    await eventually(label, '≈ 80.18 credits · $0.38')
    await setWidgets(page, { quality: 'medium' })
    await press()
    await eventually(label, '≈ 21.10 credits · $0.10')
    await setBatchCount(4)
    await press()
    await eventually(label, '≈ 84.40 credits · $0.40')
    const hint = () => estimate().getAttribute('aria-label')
    const cost = 'Estimated cost of 4 runs: ≈ 84.40 credits · $0.40.'
    await eventually(hint, `${cost} Balance: 2,110 credits.`)
    await setBatchCount(1)
    await press()
    await eventually(label, '≈ 21.10 credits · $0.10')
  })

  it('opens by node with a cheaper value, and closes at Escape with the focus back', async () => {
    await estimate().click()
    await details().getByText('Fixed price').waitFor()
    await details().getByText('Cheaper: quality low, 8.44 credits').waitFor()
    const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim())
    await eventually(focused, 'Estimated cost')
    await page.keyboard.press('Escape')
    await details().waitFor({ state: 'detached' })
    await eventually(focused, '≈ 21.10 credits · $0.10')
    await estimate().click()
    await details().waitFor()
    await estimate().click()
    await details().waitFor({ state: 'detached' })
  })

  it('is in Overview, with how many runs the balance covers', async () => {
    await openCredits(page, 'Overview')
    const card = tabPanel(page, 'Overview').getByRole('region', { name: 'Open workflow' })
    await card.locator('strong', { hasText: '≈ 21.10 credits · $0.10' }).waitFor()
    await eventually(() => card.getByText('covers about 100 runs like this').count(), 1)
    await closeSettings(page)
  })

  it('hides where nothing costs, and where it is switched off', async () => {
    await drawWorkflow(page, [{ type: 'LoadImage' }, { type: 'PreviewImage', from: { images: 0 } }])
    await press()
    await eventually(() => estimate().count(), 0)
    await drawWorkflow(page, [
      { type: 'SampleImage' },
      { type: 'PreviewImage', from: { images: 0 } },
    ])
    await press()
    await estimate().waitFor()
    await setSetting(page, 'ComfyUICredits.Estimate', false)
    await estimate().waitFor({ state: 'detached' })
    await setSetting(page, 'ComfyUICredits.Estimate', true)
    await estimate().waitFor()
  })

  it('knows a price that no list has after one run', async () => {
    const chat = (prompt: string) =>
      drawWorkflow(page, [
        { type: 'SampleChat', widgets: { prompt, model: 'lexis-large' } },
        { type: 'PreviewAny', from: { source: 0 } },
      ])
    await chat('Three names for a tea shop')
    await press()
    await eventually(label, 'Cost unknown')
    await runCommand(page, 'Comfy.QueuePrompt')
    await eventually(label, 'Likely free')
    // Another prompt is another result at the same settings.
    await chat('Three names for a bakery')
    await press()
    await eventually<unknown>(label, expect.stringMatching(/^≈ [\d.]+ credits · /))
    await estimate().click()
    await details()
      .getByText(/^Your actual cost \(1 run\): [\d.]+ credits$/)
      .waitFor()
    await page.keyboard.press('Escape')
    await details().waitFor({ state: 'detached' })
  })

  it('goes with the login', async () => {
    await estimate().click()
    await details().waitFor()
    await page.keyboard.press('Escape')
    await logOut(page)
    await estimate().waitFor({ state: 'detached' })
    expect(errors).toEqual([])
  })
})
