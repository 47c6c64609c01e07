import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  keepLoggedIn,
  logInDirectly,
  openComfy,
  setSetting,
  setWidgets,
} from '../support/pages/comfy.ts'
import { notedRuns, setLimits } from '../support/pages/limits.ts'
import {
  autoQueueMode,
  changeGraph,
  emptyQueue,
  guardIsThere,
  question,
  runButton,
  setAutoQueue,
} from '../support/pages/run-guard.ts'
import { drawWorkflow, queueBatch } from '../support/pages/workflow.ts'
import { eventually } from './support/eventually.ts'
import { hostVersion, openWorld, watchErrors, type World } from './support/world.ts'

/** One run is 8.44 credits: $0.04. */
const RUN = [
  { type: 'SampleImage', widgets: { quality: 'low', n: 2 } },
  { type: 'PreviewImage', from: { images: 0 } },
]
const microsOf = (credits: number): number => Math.floor((credits * 1_000_000) / 211)
const limit = (credits: number, period = 'day') => ({
  limits: [
    { id: 'e2e', period, scope: { kind: 'all' }, usdMicros: microsOf(credits), action: 'stop' },
  ],
})

const USER = 'user@example.com'

let world: World
let person: BrowserContext
let page: Page
let errors: string[]
let sent = 0
let ended = 0
beforeAll(async () => {
  world = await openWorld()
  person = await world.newPerson()
  page = await openTab()
  errors = watchErrors(page)
  await logInDirectly(page, USER)
  // Limits need no question about credits.
  await setSetting(page, 'ComfyUICredits.Guard', false)
  await setLimits(page, limit(20))
  await guardIsThere(page)
})
afterAll(() => world.close())

async function openTab(): Promise<Page> {
  const tab = await person.newPage()
  tab.on('request', (request) => {
    if (request.method() === 'POST' && new URL(request.url()).pathname.endsWith('/prompt'))
      sent += 1
  })
  await openComfy(tab, world.sandbox.urls.comfyui)
  await drawWorkflow(tab, RUN)
  await tab.exposeFunction('runEnded', () => {
    ended += 1
  })
  await tab.evaluate(() => {
    const app: unknown = window.comfyAPI?.app.app
    const { api } = app as { readonly api: EventTarget }
    const { runEnded } = window as unknown as { readonly runEnded: () => void }
    api.addEventListener('execution_success', runEnded)
  })
  return tab
}

let prompts = 0
/** Of another prompt each time, so that nothing is cached. */
const another = (tab: Page) => setWidgets(tab, { prompt: `bay ${(prompts += 1)}` })

async function run(tab: Page): Promise<void> {
  const [before, endedBefore] = [sent, ended]
  await another(tab)
  await queueBatch(tab, 1)
  await eventually(async () => sent - before, 1)
  await eventually(async () => ended - endedBefore, 1)
}

async function cancel(tab: Page): Promise<void> {
  await question(tab).waitFor()
  await tab.keyboard.press('Escape')
  await question(tab).waitFor({ state: 'detached' })
}

describe(`a limit of 20 credits a day, on ComfyUI ${hostVersion}`, () => {
  let before = 0
  beforeEach(async () => {
    before = sent
    await another(page)
  })

  it('lets two runs go on, of 8.44 credits each', async () => {
    await run(page)
    await run(page)
    expect(await question(page).count()).toBe(0)
  })

  it.each<[string, (tab: Page) => Promise<unknown>]>([
    ['the Run button', (tab) => runButton(tab).click()],
    ['Ctrl+Enter', (tab) => tab.keyboard.press('Control+Enter')],
    ['Ctrl+Shift+Enter', (tab) => tab.keyboard.press('Control+Shift+Enter')],
    ['a batch of 4', (tab) => queueBatch(tab, 4)],
  ])('stops the third run of 8 when %s starts it', async (_way, press) => {
    await press(page)
    await question(page).waitFor()
    expect(await question(page).textContent()).toContain('16.88')
    await cancel(page)
    expect(sent).toBe(before)
  })

  it('stops auto-queue that waits for a change, which is off and sane then', async () => {
    await setAutoQueue(page, 'change')
    await changeGraph(page)
    await cancel(page)
    await eventually(() => autoQueueMode(page), 'disabled')
    // The host goes by its own count, which would hold the next change back.
    await setAutoQueue(page, 'change')
    await changeGraph(page)
    await cancel(page)
    await eventually(() => autoQueueMode(page), 'disabled')
    expect(sent).toBe(before)
  })

  it('stops auto-queue that runs at once, which is off then', async () => {
    const [major = 0, minor = 0] = hostVersion.split('.').map(Number)
    await setAutoQueue(page, major === 1 && minor < 45 ? 'instant' : 'instant-running')
    await emptyQueue(page)
    await cancel(page)
    await eventually(() => autoQueueMode(page), 'disabled')
    await emptyQueue(page)
    expect(await question(page).count()).toBe(0)
    expect(sent).toBe(before)
  })

  it('is shared by two tabs, either way', async () => {
    const other = await openTab()
    for (const tab of [page, other]) await keepLoggedIn(tab, USER)
    await guardIsThere(other)
    await another(other)
    await queueBatch(other, 1)
    await cancel(other)
    expect(sent).toBe(before)
    // In both, as a busy tab hears of it later than it runs.
    for (const tab of [page, other]) await setLimits(tab, limit(30))
    await run(other)
    await eventually(() => notedRuns(page), await notedRuns(other))
    // Without the other tab's run this one would come to 25.32.
    await queueBatch(page, 1)
    await cancel(page)
    expect(sent).toBe(before + 1)
    await other.close()
  })

  it('lets a run go on once more for a reason, and asks again before the next', async () => {
    await queueBatch(page, 1)
    const asked = question(page)
    await asked.getByRole('textbox').fill('The client waits')
    await asked.getByRole('button', { name: 'Run once more' }).click()
    await eventually(async () => sent, before + 1)
    await asked.waitFor({ state: 'detached' })
    await another(page)
    await queueBatch(page, 1)
    await cancel(page)
    expect(sent).toBe(before + 1)
  })

  it('throws nothing into the page', () => {
    expect(errors).toEqual([])
  })

  it('whose code fails does not stop a run', async () => {
    await page.evaluate(() => {
      Reflect.set(Date.prototype, 'getDay', () => {
        throw new Error('Broken for a test')
      })
    })
    await setLimits(page, limit(1, 'week'))
    await queueBatch(page, 1)
    await eventually(async () => sent, before + 1)
    expect(await question(page).count()).toBe(0)
  })
})
