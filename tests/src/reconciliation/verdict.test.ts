import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { creditsFromUsdMicros, usdMicrosFromCents } from '@comfyui-credits/contract/money'
import type { AccountEvent } from '../../../src/account-events/account-event.ts'
import { explain } from '../../../src/reconciliation/explain.ts'
import { holdVerdict, type Verdict } from '../../../src/reconciliation/verdict.ts'
import { newUsage } from '../../support/builders/account-event.ts'
import { newCall, newRun, NOON, SECOND } from '../../support/builders/run.ts'
import { runs } from '../support/runs.ts'

/** What a tab knows of one run: some of the account's events, and perhaps what the balance lost. */
interface Tab {
  readonly events: readonly AccountEvent[]
  readonly spentCents: number | null
}

const anyCents = fc.integer({ min: 1, max: 5 })
const anyCalls = fc.array(
  fc.record({ announced: anyCents, charges: fc.array(anyCents, { maxLength: 3 }) }),
  { minLength: 1, maxLength: 3 },
)
type Calls = typeof anyCalls extends fc.Arbitrary<infer T> ? T : never

const runOf = (calls: Calls) =>
  newRun({
    calls: calls.map(({ announced }, node) =>
      newCall({
        nodeId: `${node}`,
        nodeType: `Node${node}`,
        announcedCredits: creditsFromUsdMicros(usdMicrosFromCents(announced)),
      }),
    ),
  })

const eventsOf = (calls: Calls): AccountEvent[] =>
  calls.flatMap(({ charges }, node) =>
    charges.map((cents) =>
      newUsage(NOON + SECOND, {
        node_type: `Node${node}`,
        job_id: 'p',
        charge_micro_usd: usdMicrosFromCents(cents),
      }),
    ),
  )

function newsOf({ events, spentCents }: Tab, calls: Calls, before: ReadonlyMap<string, Verdict>) {
  const reading = (ms: number, cents: number) => ({
    at: NOON + ms,
    usdMicros: usdMicrosFromCents(cents),
  })
  return explain({
    events,
    before,
    runs: [runOf(calls)],
    readings:
      spentCents === null ? [] : [reading(-SECOND, 1000), reading(30 * SECOND, 1000 - spentCents)],
    readAt: NOON + 60 * SECOND,
    hasMore: false,
    overheard: [],
  }).news
}

/** One after the other says what it knows of what is kept, until nobody has anything to say. */
function talk(tabs: readonly Tab[], calls: Calls, rounds: number): Verdict | undefined {
  const kept = new Map<string, Verdict>()
  for (let round = 0; round < rounds; round += 1) {
    let isQuiet = true
    for (const tab of tabs) {
      for (const verdict of newsOf(tab, calls, kept)) {
        isQuiet = false
        kept.set('p', holdVerdict(verdict, kept.get('p')))
      }
    }
    if (isQuiet) return kept.get('p')
  }
  throw new Error('They never came to an end.')
}

describe('what several tabs say of a run', () => {
  it('comes to an end, whatever each of them knows', () => {
    const scene = anyCalls.chain((calls) =>
      fc.record({
        calls: fc.constant(calls),
        tabs: fc.array(
          fc.record({
            events: fc.subarray(eventsOf(calls)),
            spentCents: fc.option(fc.nat(12)),
          }),
          { minLength: 2, maxLength: 4 },
        ),
      }),
    )
    fc.assert(
      fc.property(scene, ({ calls, tabs }) => {
        talk(tabs, calls, 20)
      }),
      { numRuns: runs(1000, 150) },
    )
  })

  it('is the word of who knows more of its events', () => {
    const calls = [{ announced: 3, charges: [3, 3] }]
    const events = eventsOf(calls)
    const stale = { events: events.slice(0, 1), spentCents: null }
    const fresh = { events, spentCents: null }
    for (const tabs of [
      [stale, fresh],
      [fresh, stale],
    ]) {
      expect(talk(tabs, calls, 3)).toMatchObject({
        usdMicros: usdMicrosFromCents(6),
        certainty: 'proved',
      })
    }
  })
})
