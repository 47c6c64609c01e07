import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  balance,
  historyRows,
  keepLoggedIn,
  logInDirectly,
  openComfy,
  openCredits,
  openTab,
  runCommand,
  setWidgets,
} from '../support/pages/comfy.ts'
import { eventually } from './support/eventually.ts'
import { finishHeldJobs } from './support/held-jobs.ts'
import { keptRuns } from './support/stored-runs.ts'
import { hostVersion, openWorld, watchErrors, type World } from './support/world.ts'

/** As much of the host's graph as it takes to put a list before a node. */
interface ListGraph {
  readonly LiteGraph: { readonly createNode: (type: string) => ListNode }
  readonly app: {
    readonly graph: { readonly nodes: readonly ListNode[]; add(node: ListNode): void }
  }
}
interface ListNode {
  readonly type: string
  readonly widgets: readonly { value: unknown }[]
  readonly inputs: readonly { readonly name: string }[]
  connect(slot: number, to: ListNode, input: number): void
}

const USER = 'user@example.com'

let world: World
let person: BrowserContext
let page: Page
let errors: string[]
beforeAll(async () => {
  world = await openWorld()
  person = await world.newPerson()
  page = await person.newPage()
  errors = watchErrors(page)
  await openComfy(page, world.sandbox.urls.comfyui)
  await logInDirectly(page, USER)
})
afterAll(() => world.close())

let asked = 0
/** Another each time, as when CI repeats a test: what was asked before comes from the cache. */
const another = (prompt: string): string => `${prompt} ${(asked += 1)}`

const runAgain = () => runCommand(page, 'Comfy.QueuePrompt')
/** Of the sandbox's default workflow, whose one API node asks for 12.66 credits. */
async function runWith(prompt: string): Promise<void> {
  await setWidgets(page, { prompt: another(prompt) })
  await runAgain()
}

async function reload(): Promise<void> {
  await openComfy(page, world.sandbox.urls.comfyui)
  await openCredits(page)
}

/** Newest first. */
const runs = (of = page) =>
  historyRows(of, 'run').evaluateAll((rows: HTMLElement[]) =>
    rows.map(({ dataset }) => [dataset['status'], dataset['credits']]),
  )
const verdict = (of = page) => historyRows(of, 'run').first().getAttribute('data-verdict')
const keptOutcomes = async () => (await keptRuns(page)).map(({ outcome }) => outcome)
const FIRST_BALANCE = 2110

/** The balance's line agrees with the rows, and nothing is left that they do not explain. */
async function expectAllExplained(): Promise<void> {
  const spent = (await runs()).reduce((sum, [, credits]) => sum + Number(credits), 0)
  await eventually(
    () => balance(page).getAttribute('data-credits'),
    `${Math.round((FIRST_BALANCE + spent) * 100) / 100}`,
    15_000,
  )
  expect(await historyRows(page, 'unexplained').count()).toBe(0)
}

describe(`runs that this browser keeps, on ComfyUI ${hostVersion}`, () => {
  it('lists a failed run on the next visit, of which the account knows nothing', async () => {
    // Opened before: the host's own word of the failure would lie over its settings.
    await openCredits(page)
    const before = (await runs()).length
    const failed = Array.from({ length: before + 1 }, () => 'failed')
    await runWith('[reject]')
    await eventually(async () => (await runs()).map(([status]) => status), failed, 40_000)
    // A page that goes in the very moment takes with it what it was about to write.
    await eventually(keptOutcomes, failed)
    await reload()
    await eventually(async () => (await runs()).map(([status]) => status), failed)
  })

  it(
    'follows a run over a reload in the middle of it, as one run',
    { tags: 'reload' },
    async () => {
      const before = (await runs()).length
      await runWith('[held] a valley')
      await eventually(async () => (await runs())[0], ['running', '-12.66'], 40_000)
      await eventually(async () => (await keptOutcomes()).includes('running'), true)
      await reload()
      // Before what is kept has been read, the account's word for the call is all there is.
      await eventually(async () => (await runs())[0], ['running', '-12.66'])
      await finishHeldJobs(world)
      await eventually(async () => (await runs())[0], ['succeeded', '-12.66'], 40_000)
      expect(await runs()).toHaveLength(before + 1)
    },
  )

  it('does not go on with a run that ended while no page was there, and says what it cost', async () => {
    const { comfyui } = world.sandbox.urls
    await runWith('[held] a harbour')
    await eventually(async () => (await runs())[0]?.[0], 'running', 30_000)
    await eventually(async () => (await keptOutcomes()).includes('running'), true)
    await page.goto('about:blank')
    await finishHeldJobs(world)
    const queue = async (): Promise<unknown> => (await page.request.get(`${comfyui}/queue`)).json()
    await eventually(queue, { queue_running: [], queue_pending: [] }, 40_000)
    await reload()
    // It was lost, and ComfyUI remembers how it ended.
    await eventually(async () => (await runs())[0], ['succeeded', '-12.66'], 15_000)
  })

  it('says of a job that failed on its way that it was charged all the same', async () => {
    await runWith('[break] a castle')
    await eventually(async () => (await runs())[0], ['failed', '-12.66'], 30_000)
    await eventually(verdict, 'nothing-delivered', 15_000)
    await expectAllExplained()
  })

  it('says of a run that was stopped after its price that it was charged all the same', async () => {
    await runWith('[held] a bridge')
    await eventually(async () => (await runs())[0], ['running', '-12.66'], 30_000)
    await runCommand(page, 'Comfy.Interrupt')
    await eventually(async () => (await runs())[0], ['cancelled', '-12.66'], 15_000)
    await eventually(verdict, 'nothing-delivered', 15_000)
    await expectAllExplained()
  })

  it('has lost sight of a run whose server was killed, and says what it cost', async () => {
    await runWith('[held] a tower')
    await eventually(async () => (await runs())[0], ['running', '-12.66'], 30_000)
    await world.sandbox.comfyui.kill()
    await world.sandbox.comfyui.restart()
    await eventually(async () => (await runs())[0], ['lost', '-12.66'], 40_000)
    await expectAllExplained()
  })

  it('lists each run of a batch with what it cost, and none for a rerun from the cache', async () => {
    const before = (await runs()).length
    await setWidgets(page, { prompt: 'a lake', control_after_generate: 'randomize' })
    await page.evaluate(() => {
      const { app } = window.comfyAPI?.app ?? {}
      void (app as { queuePrompt?: (at: number, batch: number) => unknown }).queuePrompt?.(0, 3)
    })
    await eventually(async () => (await runs()).length, before + 3, 40_000)
    await eventually(
      async () => (await runs()).slice(0, 3),
      Array.from({ length: 3 }, () => ['succeeded', '-12.66']),
      20_000,
    )
    await setWidgets(page, { control_after_generate: 'fixed' })
    await runWith('a shore')
    await eventually(async () => (await runs()).length, before + 4, 20_000)
    await eventually(async () => (await runs())[0], ['succeeded', '-12.66'], 20_000)
    await runAgain()
    await runWith('another shore')
    await eventually(async () => (await runs()).length, before + 5, 20_000)
    await eventually(async () => (await runs())[0], ['succeeded', '-12.66'], 20_000)
    await expectAllExplained()
  })

  it('finds all charges of a node that is called for each thing of a list', async () => {
    await page.evaluate((texts) => {
      const { LiteGraph, app } = window as unknown as ListGraph
      const list = LiteGraph.createNode('SampleTextList')
      app.graph.add(list)
      for (const [index, text] of texts.entries()) {
        const widget = list.widgets[index]
        if (widget) widget.value = text
      }
      const api = app.graph.nodes.find(({ type }) => type === 'SampleImageUltra')
      if (!api) throw new Error('The default workflow has no API node')
      const prompt = api.inputs.findIndex(({ name }) => name === 'prompt')
      list.connect(0, api, prompt)
    }, ['a', 'b', 'c'].map(another))
    await runAgain()
    await eventually(async () => (await runs())[0], ['succeeded', '-37.98'], 40_000)
    await expectAllExplained()
  })

  it('tells another tab of the same browser, once', async () => {
    // Up to 1.45 another tab logs this one out and in again: meanwhile it has no rows to compare.
    const here = await runs()
    expect(here).not.toEqual([])
    const other = await person.newPage()
    await openComfy(other, world.sandbox.urls.comfyui)
    await keepLoggedIn(other, USER)
    await openCredits(other)
    await eventually(() => runs(other), here, 15_000)
    await other.close()
    await keepLoggedIn(page, USER)
  })

  it('opens a run into its calls, on the next visit too', async () => {
    await reload()
    const row = historyRows(page, 'run').first()
    await row.getByRole('button').click()
    const calls = page.getByRole('table', { name: 'Calls of this run' }).locator('tbody tr')
    const says = (text: string) => text.includes('37.98')
    await eventually(async () => (await calls.allTextContents()).map(says), [true])
    expect(await calls.getAttribute('data-certainty')).toBe('proved')
    await page
      .locator('.cc-opened')
      .getByText(/^(Confirmed by your|Matched by)/)
      .waitFor()
  })

  it('has from a file what was deleted in the browser', async () => {
    // So only this browser calls the node; the account knows its type.
    const isKnownHere = async () =>
      (await historyRows(page, 'run').first().textContent())?.includes('Sample Image Ultra')
    await reload()
    await eventually(isKnownHere, true)
    await openTab(page, 'Settings')
    const saving = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Save as a file' }).click()
    const file = await (await saving).path()
    await page.getByRole('button', { name: 'Delete local data' }).click()
    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    await page.getByText(/^Deleted\./).waitFor()
    await reload()
    await historyRows(page, 'run').first().waitFor()
    await eventually(isKnownHere, false)
    await openTab(page, 'Settings')
    await page.getByLabel('File', { exact: true }).setInputFiles(file)
    await page.getByText(/^\d+ runs? imported, \d+ of them new\.$/).waitFor()
    await openTab(page, 'History')
    await eventually(isKnownHere, true)
  })

  it('threw nothing into the page', () => {
    expect(errors).toEqual([])
  })
})
