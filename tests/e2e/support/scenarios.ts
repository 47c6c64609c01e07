import type { BrowserContext, Page } from 'playwright-core'
import {
  closeDialogs,
  historyRows,
  keepLoggedIn,
  openComfy,
  openCredits,
  runCommand,
} from '../../support/pages/comfy.ts'
import {
  changeAfterEachRun,
  drawWorkflow,
  queueBatch,
  untilExecuting,
  wrapInSubgraph,
  type NodePlan,
} from '../../support/pages/workflow.ts'
import { eventually } from './eventually.ts'
import { finishHeldJobs } from './held-jobs.ts'
import { runScript } from './script-client.ts'
import { keptRuns } from './stored-runs.ts'
import type { World } from './world.ts'

/** In a world of `openWorld`: has 10 USD, nothing, enough for one call, and the script's account. */
export const PAYERS = {
  rich: 'user@example.com',
  broke: 'negative@example.com',
  oneCall: 'github@example.com',
  script: 'google@example.com',
} as const

export const EXTRA_USD = { [PAYERS.oneCall]: 0.06, [PAYERS.script]: 10 }

/** Where a scenario is played: a page with the panel open. */
export interface Stage {
  readonly world: World
  readonly person: BrowserContext
  readonly page: Page
}

export interface Scenario {
  readonly name: string
  readonly payer: 'rich' | 'broke' | 'oneCall'
  /** How its runs end, newest first. */
  readonly ends: readonly string[]
  /** What the ledger charges for them. */
  readonly credits: number
  /** Resolves when nothing more has to be done for the runs to end. */
  readonly play: (stage: Stage) => Promise<void>
}

const PRICE = 12.66

let prompts = 0
/** What was asked before comes from ComfyUI's cache, for nothing. */
const fresh = (prompt: string): string => `${prompt} ${(prompts += 1)} ${performance.now()}`

const ultra = (prompt = 'a hill'): NodePlan => ({
  type: 'SampleImageUltra',
  widgets: { prompt: fresh(prompt), control_after_generate: 'randomize' },
})
const show = (images: number): NodePlan => ({ type: 'PreviewImage', from: { images } })

const run = (page: Page): Promise<void> => runCommand(page, 'Comfy.QueuePrompt')

async function drawAndRun({ page }: Stage, ...plans: readonly NodePlan[]): Promise<void> {
  await drawWorkflow(page, plans)
  await run(page)
}

/** Its newest run goes on, and has named its price. */
async function untilPriced(page: Page): Promise<void> {
  const newest = async () => {
    const row = historyRows(page, 'run').first()
    return [await row.getAttribute('data-status'), await row.getAttribute('data-credits')]
  }
  await eventually(newest, ['running', `-${PRICE}`], 40_000)
}

/** One that goes on until its job is finished by the test, and has named its price. */
async function runHeld(stage: Stage): Promise<void> {
  await drawAndRun(stage, ultra('[held]'), show(0))
  await untilPriced(stage.page)
}

const untilEnded = (page: Page): Promise<void> =>
  eventually(
    () => historyRows(page, 'run').first().getAttribute('data-status'),
    'succeeded',
    40_000,
  )

/** A page that goes in the very moment takes with it what it was about to store. */
const untilStored = (page: Page): Promise<void> =>
  eventually(async () => (await keptRuns(page)).some(({ outcome }) => outcome === 'running'), true)

export const SUCCESS: Scenario = {
  name: 'success',
  payer: 'rich',
  ends: ['succeeded'],
  credits: PRICE,
  play: (stage) => drawAndRun(stage, ultra(), show(0)),
}

export const FAILS_AFTER_PAYMENT: Scenario = {
  name: 'one that fails after its payment',
  payer: 'rich',
  ends: ['failed'],
  credits: PRICE,
  play: (stage) => drawAndRun(stage, ultra('[break]'), show(0)),
}

export const EQUAL_BATCH: Scenario = {
  name: 'batch of 2 of equal price',
  payer: 'rich',
  ends: ['succeeded', 'succeeded'],
  credits: 2 * PRICE,
  play: async ({ page }) => {
    await drawWorkflow(page, [ultra(), show(0)])
    await queueBatch(page, 2)
  },
}

/** The table of issue 13, in its order but for what takes the page away, which is last. */
export const SCENARIOS: readonly Scenario[] = [
  SUCCESS,
  {
    name: '402',
    payer: 'broke',
    ends: ['failed'],
    credits: 0,
    play: (stage) => drawAndRun(stage, ultra(), show(0)),
  },
  {
    name: 'interrupt while polling',
    payer: 'rich',
    ends: ['cancelled'],
    credits: PRICE,
    play: async (stage) => {
      await runHeld(stage)
      await runCommand(stage.page, 'Comfy.Interrupt')
    },
  },
  {
    name: 'list of 3',
    payer: 'rich',
    ends: ['succeeded'],
    credits: 3 * PRICE,
    play: (stage) => {
      const [text_1, text_2, text_3] = ['a', 'b', 'c'].map(fresh)
      const list = { type: 'SampleTextList', widgets: { text_1, text_2, text_3 } }
      return drawAndRun(stage, list, { ...ultra(), from: { prompt: 0 } }, show(1))
    },
  },
  {
    name: '4 in parallel',
    payer: 'rich',
    ends: ['succeeded'],
    credits: 4 * PRICE,
    play: (stage) =>
      drawAndRun(stage, ultra(), ultra(), ultra(), ultra(), show(0), show(1), show(2), show(3)),
  },
  {
    name: 'chain with a second 402',
    payer: 'oneCall',
    ends: ['failed'],
    credits: PRICE,
    play: (stage) =>
      drawAndRun(stage, ultra(), { type: 'SampleImageEdit', from: { image: 0 } }, show(1)),
  },
  {
    name: 'one of two fails',
    payer: 'rich',
    ends: ['failed'],
    credits: 2 * PRICE,
    play: (stage) => drawAndRun(stage, ultra('[break]'), ultra('[held]'), show(0), show(1)),
  },
  {
    name: 'paid, then interrupted locally',
    payer: 'rich',
    ends: ['interrupted'],
    credits: PRICE,
    play: async (stage) => {
      const sleeps = untilExecuting(stage.page, 'SampleSleep')
      const sleep = { type: 'SampleSleep', widgets: { seconds: 600 }, from: { image: 0 } }
      await drawAndRun(stage, ultra(), sleep, show(1))
      await sleeps
      await runCommand(stage.page, 'Comfy.Interrupt')
    },
  },
  {
    name: 'batch of 2',
    payer: 'rich',
    ends: ['succeeded', 'succeeded'],
    // 0.02 USD, then 0.19.
    credits: 4.22 + 40.09,
    play: async ({ page }) => {
      const widgets = { prompt: fresh('a lake'), quality: 'low' }
      await drawWorkflow(page, [{ type: 'SampleImage', widgets }, show(0)])
      await changeAfterEachRun(page, 'quality', ['high'])
      await queueBatch(page, 2)
    },
  },
  EQUAL_BATCH,
  {
    name: 'subgraph',
    payer: 'rich',
    ends: ['succeeded'],
    credits: PRICE,
    play: async ({ page }) => {
      const plan = ultra()
      await drawWorkflow(page, [plan, show(0)])
      await wrapInSubgraph(page, plan.type)
      await run(page)
    },
  },
  {
    name: 'script of another account',
    payer: 'rich',
    ends: ['succeeded'],
    credits: PRICE,
    play: async ({ world, page }) => {
      await drawWorkflow(page, [ultra(), show(0)])
      const key = world.keys.get(PAYERS.script) ?? ''
      const before = await runScript(world, key)
      await run(page)
      const after = await runScript(world, key)
      await Promise.all([before.ended(), after.ended()])
    },
  },
  {
    name: 'second tab',
    payer: 'rich',
    ends: ['succeeded'],
    credits: PRICE,
    play: async (stage) => {
      const page = await stage.person.newPage()
      await openComfy(page, stage.world.sandbox.urls.comfyui)
      await keepLoggedIn(page, PAYERS.rich)
      await openCredits(page)
      const stored = new Set((await keptRuns(page)).map(({ promptId }) => promptId))
      await runHeld({ ...stage, page })
      await finishHeldJobs(stage.world)
      await untilEnded(page)
      const isStored = async () =>
        (await keptRuns(page)).some(
          ({ promptId, outcome }) => outcome === 'succeeded' && !stored.has(promptId),
        )
      await eventually(isStored, true)
      await page.close()
      // Up to 1.45 the other tab logs this one out and in again, and its settings leave the panel.
      await keepLoggedIn(stage.page, PAYERS.rich)
      await closeDialogs(stage.page)
      await openCredits(stage.page)
    },
  },
  {
    name: 'reload mid-run',
    payer: 'rich',
    ends: ['succeeded'],
    credits: PRICE,
    play: async (stage) => {
      const { page, world } = stage
      await runHeld(stage)
      await untilStored(page)
      await openComfy(page, world.sandbox.urls.comfyui)
      await openCredits(page)
      await untilPriced(page)
      await finishHeldJobs(world)
    },
  },
  {
    name: 'server restart',
    payer: 'rich',
    // ComfyUI forgets it, and nobody can know how it ended.
    ends: ['lost'],
    credits: PRICE,
    play: async (stage) => {
      await runHeld(stage)
      await stage.world.sandbox.comfyui.kill()
      await stage.world.sandbox.comfyui.restart()
    },
  },
]
