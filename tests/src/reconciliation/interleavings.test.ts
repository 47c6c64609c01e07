import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sumCredits, usdMicrosFromCents } from '@comfyui-credits/contract/money'
import type { AccountEvent } from '../../../src/account-events/account-event.ts'
import { readAccountEvent } from '../../../src/account-events/account-event.ts'
import { parseRunEvent } from '../../../src/runs/run-event.ts'
import { reconcile, spansOf } from '../../../src/reconciliation/reconcile.ts'
import {
  closeRecorder,
  emptyRecorder,
  record,
  runsOf,
  type HostFacts,
  type RecorderState,
} from '../../../src/runs/recorder.ts'
import {
  anyRuns,
  credits,
  heard,
  totalCents,
  type ServerMessage,
  type TrueRun,
} from '../../support/builders/server-runs.ts'

const facts: HostFacts = { purse: 'mine', workflow: null, node: () => null }

function after(events: readonly ServerMessage[]): RecorderState {
  let state = emptyRecorder
  for (const [at, { type, detail }] of events.entries()) {
    const event = parseRunEvent({ type, detail, at })
    if (event) state = record(state, event, facts)
  }
  return state
}

const ownOf = (runs: readonly TrueRun[]) => runs.filter(({ tab }) => tab === 0)

function expectSumsToBeShown(state: RecorderState): void {
  for (const run of runsOf(state)) {
    const prices = run.calls.flatMap(({ announcedCredits }) => announcedCredits ?? [])
    expect(run.announcedCredits).toBe(prices.length === 0 ? null : sumCredits(prices))
  }
}

describe('five runs of three tabs', () => {
  it('are this tab’s runs, each with just its own prices', () => {
    fc.assert(
      fc.property(anyRuns, (runs) => {
        const state = closeRecorder(after(heard(runs)), 1e6)
        const shown = runsOf(state).toReversed()
        expect(shown.map(({ promptId }) => promptId)).toEqual(
          ownOf(runs).map(({ promptId }) => promptId),
        )
        for (const [index, { calls }] of ownOf(runs).entries()) {
          expect(
            shown[index]?.calls.map((call) => [
              call.nodeId,
              call.announcedCredits,
              call.answers.length,
            ]),
          ).toEqual(calls.map(({ nodeId, cents, times }) => [nodeId, credits(cents), times]))
        }
      }),
    )
  })

  it('with events received twice cost what they cost', () => {
    fc.assert(
      fc.property(anyRuns, fc.infiniteStream(fc.boolean()), (runs, twice) => {
        const events = heard(runs)
        const doubled = events.flatMap((event) =>
          twice.next().value === true ? [event, event] : [event],
        )
        const once = runsOf(after(events)).map((run) => [run.promptId, run.announcedCredits])
        expect(runsOf(after(doubled)).map((run) => [run.promptId, run.announcedCredits])).toEqual(
          once,
        )
      }),
    )
  })

  // Other tabs' nodes have ids of their own here: where an end and all that follows it were dropped,
  // a text for the same node id cannot be distinguished from the run's own by anybody.
  it('with events dropped never cost more than was said, nor twice', () => {
    fc.assert(
      fc.property(anyRuns, fc.infiniteStream(fc.nat(3)), (drafts, drop) => {
        const runs = drafts.map((run) => ({
          ...run,
          calls: run.calls.map((call) => ({ ...call, nodeId: `${run.tab}:${call.nodeId}` })),
        }))
        const events = heard(runs).filter(() => drop.next().value !== 0)
        const state = closeRecorder(after(events), 1e6)
        expectSumsToBeShown(state)
        const own = new Map(ownOf(runs).map((run) => [run.promptId, run]))
        const shown = runsOf(state)
        expect(new Set(shown.map(({ promptId }) => promptId)).size).toBe(shown.length)
        const said = new Set(
          ownOf(runs).flatMap((run) => run.calls.map(({ cents }) => credits(cents))),
        )
        for (const run of shown) {
          expect(own.has(run.promptId)).toBe(true)
          const prices = run.calls.flatMap(({ announcedCredits }) => announcedCredits ?? [])
          expect(prices.filter((price) => !said.has(price))).toEqual([])
        }
        const sum = sumCredits(shown.flatMap(({ announcedCredits }) => announcedCredits ?? []))
        expect(sum).toBeLessThanOrEqual(credits(totalCents(ownOf(runs))))
      }),
    )
  })

  it('with late duplicates of anything make no new run and no new price', () => {
    fc.assert(
      fc.property(anyRuns, fc.array(fc.nat(200), { maxLength: 10 }), (runs, picks) => {
        const events = heard(runs)
        const closed = closeRecorder(after(events), 1e6)
        const late = picks.flatMap((pick) => events[pick % events.length] ?? [])
        let state = closed
        for (const { type, detail } of late) {
          // The line was up all the time: a node that goes on is news, and not a repeat.
          if (type === 'progress_state') continue
          const event = parseRunEvent({ type, detail, at: 1e6 })
          if (event) state = record(state, event, facts)
        }
        const shown = (of: RecorderState) =>
          runsOf(of).map((run) => [run.promptId, run.announcedCredits])
        expect(shown(state)).toEqual(shown(closed))
      }),
    )
  })
})

describe('the balance with all of it', () => {
  const MINUTE = 60_000
  const start = Date.parse('2026-11-22T12:00:00Z')

  const usageOf = (run: TrueRun): AccountEvent[] =>
    run.calls.flatMap((call) =>
      Array.from({ length: call.times }, (_, index) =>
        readAccountEvent({
          event_id: `${run.promptId}-${call.nodeId}-${index}`,
          event_type: 'api_usage_completed',
          createdAt: new Date(start + MINUTE / 2).toISOString(),
          params: {
            api_name: 'flux',
            job_id: run.promptId,
            charge_micro_usd: usdMicrosFromCents(call.cents),
          },
        }),
      ),
    )

  /** The runs, a minute apart, as this tab heard them. */
  function seen(runs: readonly TrueRun[]) {
    let state = emptyRecorder
    for (const [index, { type, detail }] of heard(runs).entries()) {
      const event = parseRunEvent({ type, detail, at: start + index })
      if (event) state = record(state, event, facts)
    }
    return runsOf(closeRecorder(state, start + 1000))
  }

  const spans = (cents: number) =>
    spansOf([
      { at: start - MINUTE, usdMicros: usdMicrosFromCents(100_000) },
      { at: start + MINUTE, usdMicros: usdMicrosFromCents(100_000 - cents) },
    ])

  it('has the parts of every change add up to it, whatever it is', () => {
    fc.assert(
      fc.property(anyRuns, fc.double({ min: -2000, max: 2000, noNaN: true }), (runs, cents) => {
        const result = reconcile({ spans: spans(cents), runs: seen(runs), events: [] })
        for (const { parts, usdMicros, unexplainedUsdMicros } of result.changes) {
          const sum = parts.reduce((total, part) => total + part.usdMicros, 0)
          expect(sum + unexplainedUsdMicros).toBe(usdMicros)
        }
        for (const { usdMicros, certainty } of result.verdicts.values()) {
          expect(usdMicros === null || usdMicros >= 0).toBe(true)
          expect(usdMicros === null).toBe(certainty === 'unknown')
        }
      }),
    )
  })

  it('leaves nothing of own runs unexplained, list inputs too', () => {
    fc.assert(
      fc.property(anyRuns, (runs) => {
        const own = ownOf(runs)
        const cents = totalCents(own)
        const result = reconcile({ spans: spans(cents), runs: seen(own), events: [] })
        expect(result.changes.map((change) => change.unexplainedUsdMicros)).toEqual([0])
        const proved = [...result.verdicts.values()].reduce(
          (sum, verdict) => sum + (verdict.usdMicros ?? 0),
          0,
        )
        expect(proved).toBe(usdMicrosFromCents(cents))
      }),
    )
  })

  it('knows every run to the micro-USD when the account tells of all, in any order, twice or late', () => {
    const scene = anyRuns.chain((runs) => {
      const events = runs.flatMap(usageOf)
      return fc.record({
        runs: fc.constant(runs),
        early: fc.shuffledSubarray(events),
        all: fc.shuffledSubarray([...events, ...events], { minLength: events.length * 2 }),
      })
    })
    fc.assert(
      fc.property(scene, ({ runs, early, all }) => {
        const ledger = { spans: spans(totalCents(runs)), runs: seen(runs) }
        const before = reconcile({ ...ledger, events: early })
        const { verdicts, changes } = reconcile({ ...ledger, events: all }, before.verdicts)
        expect(changes.map((change) => change.unexplainedUsdMicros)).toEqual([0])
        for (const run of ownOf(runs)) {
          const verdict = verdicts.get(run.promptId)
          expect(verdict).toMatchObject({
            usdMicros: usdMicrosFromCents(totalCents([run])),
            certainty: 'proved',
          })
          const said = before.verdicts.get(run.promptId)
          // Of what was shown so far, more was to come: that it came is no change of mind.
          const changed = said?.certainty === 'proved' && said.usdMicros !== verdict?.usdMicros
          const was = said && { usdMicros: said.usdMicros, certainty: said.certainty }
          expect(verdict?.revised ?? was).toEqual(was)
          expect(changed && !verdict?.revised).toBe(false)
        }
      }),
    )
  })
})
