import process from 'node:process'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { setClockOff } from '../support/pages/clock.ts'
import {
  balance,
  creditsPanel,
  enterKey,
  historyRows,
  openComfy,
  openCredits,
  switchGuardOff,
  openPanel,
} from '../support/pages/comfy.ts'
import { hasWorkspaces } from '../support/pages/workspaces.ts'
import { eventually } from './support/eventually.ts'
import { finishHeldJobs } from './support/held-jobs.ts'
import { creditsInLedger } from './support/ledger.ts'
import {
  EQUAL_BATCH,
  EXTRA_USD,
  FAILS_AFTER_PAYMENT,
  PAYERS,
  SCENARIOS,
  SUCCESS,
  type Scenario,
  type Stage,
} from './support/scenarios.ts'
import { keptRuns } from './support/stored-runs.ts'
import { hostVersion, openWorld, watchErrors, type World } from './support/world.ts'

/** Nobody here knows what the live API's events of calls carry, so all must give the same history. */
const ALL_CONTENTS = ['priced', 'plain', 'none', 'full'] as const

/** CONTRIBUTING.md says what runs when, and why. */
const CONTENTS = process.env['HOSTS']?.trim() === 'all' ? ALL_CONTENTS : ALL_CONTENTS.slice(0, 1)

const CLOCKS = [
  ['9 s behind', -9_000],
  ['3 minutes ahead', 180_000],
  ['48 hours ahead', 48 * 3_600_000],
] as const
const TOKEN_LIFE_MS = 3_600_000
const AT_ODD_CLOCKS = [SUCCESS, FAILS_AFTER_PAYMENT, EQUAL_BATCH]

const named = (scenarios: readonly Scenario[]) =>
  scenarios.map((scenario) => [scenario.name, scenario] as const)

/** What a page's history says. */
interface Shown {
  /** How each run stands, newest first. */
  readonly runs: readonly (string | undefined)[]
  /** Of all that was spent; positive. */
  readonly credits: number
  /** How much has no explanation, and how much waits for one. */
  readonly unexplained: number
  readonly unconfirmed: number
}

describe.each(CONTENTS)(
  `events of calls with content: %s, on ComfyUI ${hostVersion}`,
  (content) => {
    let world: World
    let person: BrowserContext
    let page: Page
    let errors: string[]
    let keyOf: (payer: Scenario['payer']) => string
    beforeAll(async () => {
      const keysOf = [PAYERS.broke, PAYERS.oneCall, PAYERS.script]
      world = await openWorld({ usageEvents: content, keysOf, extraUsd: EXTRA_USD })
      keyOf = (payer) => world.keys.get(PAYERS[payer]) ?? world.sandbox.apiKey
      person = await world.newPerson()
      page = await person.newPage()
      errors = watchErrors(page)
      await openPanel(page, world.sandbox.urls.comfyui, PAYERS.rich)
      await untilRead(page)
      // Runs that the credits do not cover are to be refused. ComfyUI stores it for all its pages.
      await switchGuardOff(page)
    })
    afterAll(() => world.close())
    // A job that a failed test leaves behind would hold up all runs after it.
    afterEach(() => finishHeldJobs(world))

    /** A page of its own for each payer, with the panel open. */
    async function newStage(payer: Scenario['payer'], offMs = 0): Promise<Stage> {
      const own = await world.newPerson()
      if (offMs !== 0) await setClockOff(own, offMs)
      const stage = { world, person: own, page: await own.newPage() }
      const { comfyui } = world.sandbox.urls
      if (hasWorkspaces && offMs > TOKEN_LIFE_MS) {
        // Each of the workspace's tokens looks expired to ComfyUI itself, and a key does not.
        await openComfy(stage.page, comfyui)
        await enterKey(stage.page, keyOf(payer))
        await openCredits(stage.page)
      } else await openPanel(stage.page, comfyui, PAYERS[payer])
      await untilRead(stage.page)
      return stage
    }

    it.for(named(SCENARIOS))('%s', async ([, scenario], { annotate }) => {
      const { payer } = scenario
      const stage = payer === 'rich' ? { world, person, page } : await newStage(payer)
      await annotate(await expectCharged(scenario, stage, keyOf(payer)))
      if (payer !== 'rich') await stage.person.close()
    })

    it('all of them once more on the next visit, each confirmed', async () => {
      const before = await shownIn(page)
      // A page that goes in the very moment takes with it what it was about to store.
      const isStored = async () =>
        (await keptRuns(page)).every(({ outcome }) => outcome !== 'running')
      await eventually(isStored, true)
      await openComfy(page, world.sandbox.urls.comfyui)
      await openCredits(page)
      await untilRead(page)
      await eventually(() => shownIn(page), { ...before, unexplained: 0, unconfirmed: 0 })
      expect(errors).toEqual([])
    })

    it.runIf(hasWorkspaces && content === 'priced')(
      'a clock by which every token has expired is named',
      async () => {
        const own = await world.newPerson()
        await setClockOff(own, 48 * 3_600_000)
        const late = await own.newPage()
        await openPanel(late, world.sandbox.urls.comfyui, PAYERS.rich)
        const said = creditsPanel(late).getByText('Your computer’s clock is 2 days ahead')
        await eventually(() => said.isVisible(), true)
        expect(await historyRows(late, 'run').count()).toBe(0)
        await own.close()
      },
    )

    describe.each(CLOCKS)('the browser’s clock is %s', (_, offMs) => {
      let stage: Stage
      beforeAll(async () => {
        stage = await newStage('rich', offMs)
      })
      afterAll(() => stage.person.close())

      it.for(named(AT_ODD_CLOCKS))('%s', async ([, scenario], { annotate }) => {
        await annotate(await expectCharged(scenario, stage, keyOf('rich')))
      })
    })
  },
)

/** The account has answered: what everybody here began with is the oldest that it lists. */
const untilRead = (page: Page): Promise<void> => historyRows(page, 'adjustment').last().waitFor()

/** The rows say what was charged, and nothing else. Resolves to the figures in words. */
async function expectCharged(scenario: Scenario, stage: Stage, key: string): Promise<string> {
  const { page, world } = stage
  const inLedger = (): Promise<number> => creditsInLedger(world, key)
  const opening = await inLedger()
  await eventually(() => balance(page).getAttribute('data-credits'), `${opening}`)
  const before = await shownIn(page)
  await scenario.play(stage)
  await eventually(
    async () => (await shownIn(page)).runs,
    [...scenario.ends, ...before.runs],
    40_000,
  )
  const charged = round(opening - (await inLedger()))
  expect(charged).toBe(round(scenario.credits))
  const figures = async () => {
    const { credits, unexplained } = await shownIn(page)
    const shownBalance = Number(await balance(page).getAttribute('data-credits'))
    return {
      rows: round(credits - before.credits),
      balance: round(opening - shownBalance),
      unexplained,
    }
  }
  await eventually(figures, { rows: charged, balance: charged, unexplained: 0 }, 20_000)
  return `rows ${(await figures()).rows}, charged ${charged}, unexplained 0`
}

/** All of it in the same moment. */
async function shownIn(page: Page): Promise<Shown> {
  const table = page.getByRole('table', { name: 'Credit history' })
  const rows = await table.evaluate((element) =>
    [...element.querySelectorAll<HTMLElement>('[data-kind]')].map(({ dataset }) => ({
      kind: dataset['kind'],
      status: dataset['status'],
      basis: dataset['basis'],
      credits: Number(dataset['credits'] ?? 0),
    })),
  )
  const runs = rows.filter(({ kind }) => kind === 'run')
  const spent = rows.filter(({ kind }) => kind === 'run' || kind === 'usage' || kind === 'shared')
  const confirmed = new Set(['actual', 'none'])
  return {
    runs: runs.map(({ status }) => status),
    credits: round(spent.reduce((sum, { credits }) => sum - credits, 0)),
    unexplained: rows.filter(({ kind }) => kind === 'unexplained').length,
    unconfirmed: runs.filter(({ basis = '' }) => !confirmed.has(basis)).length,
  }
}

const round = (credits: number): number => Math.round(credits * 100) / 100
