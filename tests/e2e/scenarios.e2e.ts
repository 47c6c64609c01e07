import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { setClockOff } from '../support/pages/clock.ts'
import {
  balance,
  historyRows,
  logIn,
  openComfy,
  openCredits,
  runCommand,
  setWidgets,
} from '../support/pages/comfy.ts'
import { eventually } from './support/eventually.ts'
import { hostVersion, openWorld, type World } from './support/world.ts'

/** What is not known of the live API: what its events of calls carry. */
const CONTENTS = ['none', 'plain', 'priced', 'full'] as const
const OFF_MS = { '9 s behind': -9_000, '3 minutes ahead': 180_000 } as const

const PRICE = 12.66
const FIRST_BALANCE = 2110

/** Whatever events carry and clocks show: the rows say what was charged, and nothing else. */
describe.each(CONTENTS)(
  `events of calls with content: %s, on ComfyUI ${hostVersion}`,
  (content) => {
    let world: World
    beforeAll(async () => {
      world = await openWorld({ usageEvents: content })
    })
    afterAll(() => world.close())

    const clocks = content === 'none' || content === 'full' ? [] : Object.entries(OFF_MS)
    it.each([['right', 0] as const, ...clocks])('the browser’s clock is %s', async (_, offMs) => {
      const person = await world.newPerson()
      if (offMs !== 0) await setClockOff(person, offMs)
      expect(await runAll(world, person, content)).toBe(0)
      await person.close()
    })
  },
)

/** How many rows are left without an explanation. */
async function runAll(
  world: World,
  person: BrowserContext,
  content: (typeof CONTENTS)[number],
): Promise<number> {
  const page = await person.newPage()
  await openComfy(page, world.sandbox.urls.comfyui)
  await logIn(page, 'user@example.com')
  await openCredits(page)
  const before = await chargedSoFar(page)
  // What other browsers' runs cost that came before this one, nobody says in a plain event.
  const seen = content === 'plain' ? 0 : before

  await setWidgets(page, { prompt: `a hill ${before} ${performance.now()}` })
  await runCommand(page, 'Comfy.QueuePrompt')
  await expectCharged(page, { before, seen, credits: PRICE })

  await setWidgets(page, { prompt: `[break] ${performance.now()}` })
  await runCommand(page, 'Comfy.QueuePrompt')
  await expectCharged(page, { before, seen, credits: 2 * PRICE })

  await setWidgets(page, { prompt: 'twins', control_after_generate: 'randomize' })
  await page.evaluate(() => {
    const { app } = window.comfyAPI?.app ?? {}
    void (app as { queuePrompt?: (at: number, batch: number) => unknown }).queuePrompt?.(0, 2)
  })
  await expectCharged(page, { before, seen, credits: 4 * PRICE })
  return historyRows(page, 'unexplained').count()
}

async function chargedSoFar(page: Page): Promise<number> {
  await eventually(async () => (await balance(page).getAttribute('data-credits')) !== null, true)
  return FIRST_BALANCE - Number(await balance(page).getAttribute('data-credits'))
}

/** By the balance, and by the rows, of which none is left without an explanation. */
async function expectCharged(
  page: Page,
  { before, seen, credits }: { before: number; seen: number; credits: number },
): Promise<void> {
  await eventually(
    async () => ({
      charged: round(await chargedSoFar(page)),
      rows: round(await sumOfRows(page)),
      unexplained: await historyRows(page, 'unexplained').count(),
    }),
    { charged: round(before + credits), rows: round(seen + credits), unexplained: 0 },
    40_000,
  )
}

/** Of the sandbox's person nothing but what these tests did costs anything. */
async function sumOfRows(page: Page): Promise<number> {
  const kinds = ['run', 'usage', 'shared'] as const
  const sums = await Promise.all(
    kinds.map((kind) =>
      historyRows(page, kind).evaluateAll((rows: HTMLElement[]) =>
        rows.reduce((sum, { dataset }) => sum - Number(dataset['credits'] ?? 0), 0),
      ),
    ),
  )
  return sums.reduce((sum, one) => sum + one, 0)
}

const round = (credits: number): number => Math.round(credits * 100) / 100
