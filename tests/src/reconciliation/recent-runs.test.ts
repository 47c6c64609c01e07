import fc from 'fast-check'
import { expect, it } from 'vitest'
import { EventIndex } from '../../../src/reconciliation/event-index.ts'
import { listChange } from '../../../src/reconciliation/list-change.ts'
import { RecentRuns } from '../../../src/reconciliation/recent-runs.ts'
import { RunSamples } from '../../../src/reconciliation/run-samples.ts'
import type { Run } from '../../../src/runs/run.ts'
import { newUsage } from '../../support/builders/account-event.ts'
import { newRun, NOON } from '../../support/builders/run.ts'
import { runs as times } from '../support/runs.ts'

const MOST = 4

const anyRuns = fc
  .uniqueArray(
    fc.record({
      id: fc.nat(12),
      startedAt: fc.nat(20),
      endedAt: fc.option(fc.nat(30), { freq: 6 }),
    }),
    { selector: ({ id }) => id, maxLength: 10 },
  )
  .map((all) => all.toSorted((a, b) => b.startedAt - a.startedAt))

const anyEvents = fc.array(fc.record({ at: fc.nat(40), run: fc.nat(12) }), { maxLength: 10 })

/** The same run is the same object, as the page's store has them. */
function sameObjects() {
  const known = new Map<string, Run>()
  return (id: number, startedAt: number, endedAt: number | null): Run => {
    const key = JSON.stringify([id, startedAt, endedAt])
    const run =
      known.get(key) ??
      newRun({
        promptId: `p${id}`,
        startedAt: NOON + startedAt,
        endedAt: endedAt === null ? null : NOON + endedAt,
      })
    known.set(key, run)
    return run
  }
}

it('says after each change what it says of the whole list', () => {
  const property = fc.property(
    fc.array(fc.record({ runs: anyRuns, events: anyEvents }), { maxLength: 8 }),
    (steps) => {
      const runOf = sameObjects()
      const eventOf = new Map<string, ReturnType<typeof newUsage>>()
      const [recent, samples, index] = [new RecentRuns(MOST), new RunSamples(), new EventIndex()]
      let before: readonly Run[] = []
      for (const step of steps) {
        const runs = step.runs.map(({ id, startedAt, endedAt }) => runOf(id, startedAt, endedAt))
        const events = step.events.map(({ at, run }) => {
          const key = `${at} ${run}`
          const event = eventOf.get(key) ?? newUsage(NOON + at, { job_id: `p${run}` })
          eventOf.set(key, event)
          return event
        })
        const change = listChange(before, runs)
        before = runs
        if (change) recent.follow(runs, change)
        samples.follow(change, index.follow(events), index)

        const starts = runs.map(({ startedAt }) => startedAt).slice(0, MOST)
        expect(recent.newest.map(({ startedAt }) => startedAt)).toEqual(starts)
        const ends = runs.map(({ endedAt }) => endedAt ?? Infinity)
        expect(recent.lastEnd).toBe(Math.max(0, ...ends))

        const fresh = new RunSamples()
        const freshIndex = new EventIndex()
        fresh.follow(listChange([], runs), freshIndex.follow(events), freshIndex)
        const inOrder = (all: RunSamples) =>
          all.sorted
            .toSorted((a, b) => a.at - b.at || a.low - b.low || a.high - b.high)
            .map(({ at, low, high }) => [at, low, high])
        expect(inOrder(samples)).toEqual(inOrder(fresh))
        const at = samples.sorted.map((sample) => sample.at)
        expect(at).toEqual(at.toSorted((a, b) => a - b))
      }
    },
  )
  // A list may hold an event twice, as where two pages of it overlap.
  const twice = { at: 3, run: 1 }
  const run = { id: 1, startedAt: 0, endedAt: null }
  const repeated = [
    { runs: [], events: [twice, twice] },
    { runs: [run], events: [twice] },
  ]
  fc.assert(property, { numRuns: times(3000, 300), examples: [[repeated]] })
})
