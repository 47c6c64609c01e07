import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  sumCredits,
  usdMicrosFromCents,
  usdMicrosFromCredits,
} from '@comfyui-credits/contract/money'
import { readAccountEvent, type AccountEvent } from '../../../src/account-events/account-event.ts'
import type { HistoryRow } from '../../../src/history/row.ts'
import { buildRows } from '../../../src/history/rows.ts'
import { explain } from '../../../src/reconciliation/explain.ts'
import { loseSight, mergeRuns } from '../../../src/runs/merge-runs.ts'
import { parseRunEvent } from '../../../src/runs/run-event.ts'
import {
  closeRecorder,
  emptyRecorder,
  record,
  runsOf,
  type RecorderState,
} from '../../../src/runs/recorder.ts'
import type { Run } from '../../../src/runs/run.ts'
import { runs as repetitions } from '../support/runs.ts'
import { NOON } from '../../support/builders/run.ts'
import {
  anyRuns,
  credits,
  heard,
  totalCents,
  type ServerMessage,
  type TrueRun,
} from '../../support/builders/server-runs.ts'

const facts = { purse: 'mine', workflow: null, node: () => null }
const MINUTE = 60_000
const TABS = [0, 1, 2]

/** What happens to one event on its way: nothing, or it comes not at all, twice, or later. */
const anyFate = fc.constantFrom('as it is', 'as it is', 'as it is', 'dropped', 'doubled', 'late')
/** What happens to what one tab receives. `reloadAt`: its page is reloaded after so many events. */
const anyTrouble = fc.record({
  fates: fc.array(anyFate, { maxLength: 120 }),
  reloadAt: fc.option(fc.nat(100)),
})
type Trouble = typeof anyTrouble extends fc.Arbitrary<infer T> ? T : never
const noTrouble: Trouble = { fates: [], reloadAt: null }

/** An event that comes late is overtaken by as many as this. */
const LATE_BY = 4

function arriving(events: readonly ServerMessage[], { fates }: Trouble): ServerMessage[] {
  const arrived = events.flatMap((event, index) => {
    const fate = fates[index] ?? 'as it is'
    if (fate === 'dropped') return []
    const at = fate === 'late' ? index + LATE_BY + 0.5 : index
    return fate === 'doubled'
      ? [
          { event, at },
          { event, at },
        ]
      : [{ event, at }]
  })
  return arrived.toSorted((a, b) => a.at - b.at).map(({ event }) => event)
}

/** Node ids of a tab of its own: the same id in two tabs cannot be distinguished once ends are missing. */
function withOwnNodes(runs: readonly TrueRun[]): TrueRun[] {
  return runs.map((run) => ({
    ...run,
    calls: run.calls.map((call) => ({ ...call, nodeId: `${run.tab}:${call.nodeId}` })),
  }))
}

/** The one database that three tabs write into, each what its own recorder sees, as it sees it. */
function keptBy(runs: readonly TrueRun[], troubles: readonly Trouble[]): Run[] {
  const kept = new Map<string, Run>()
  const write = (state: RecorderState): void => {
    for (const run of runsOf(state)) {
      const before = kept.get(run.promptId)
      kept.set(run.promptId, before ? mergeRuns(before, run) : run)
    }
  }
  for (const tab of TABS) {
    const trouble = troubles[tab] ?? noTrouble
    let state = emptyRecorder
    for (const [index, { type, detail }] of arriving(heard(runs, tab), trouble).entries()) {
      if (index === trouble.reloadAt) state = emptyRecorder
      const event = parseRunEvent({ type, detail, at: NOON + index })
      if (event) state = record(state, event, facts)
      write(state)
    }
    write(closeRecorder(state, NOON + 1000))
  }
  // A reloaded page asks whether the server has anything to do.
  return loseSight([...kept.values()], NOON + 1000)
}

const anyTroubles = fc.tuple(anyTrouble, anyTrouble, anyTrouble)

describe('five runs of three tabs, kept in one place', () => {
  it('are each there once, with just what they said', () => {
    fc.assert(
      fc.property(anyRuns, (runs) => {
        const kept = keptBy(runs, [])
        const byId = new Map(kept.map((run) => [run.promptId, run]))
        expect([...byId.keys()].toSorted()).toEqual(runs.map(({ promptId }) => promptId).toSorted())
        for (const { promptId, calls } of runs) {
          expect(
            byId
              .get(promptId)
              ?.calls.map((call) => [call.nodeId, call.announcedCredits, call.answers.length]),
          ).toEqual(calls.map(({ nodeId, cents, times }) => [nodeId, credits(cents), times]))
        }
      }),
    )
  })

  it('never cost what nobody said, nor twice, with events dropped, doubled, late, and reloads', () => {
    fc.assert(
      fc.property(anyRuns, anyTroubles, (drafts, troubles) => {
        const runs = withOwnNodes(drafts)
        const kept = keptBy(runs, troubles)
        const byId = new Map(runs.map((run) => [run.promptId, run]))
        expect(kept.filter(({ promptId }) => !byId.has(promptId))).toEqual([])
        for (const { promptId, calls, announcedCredits } of kept) {
          const { tab } = byId.get(promptId) ?? { tab: -1 }
          const said = new Set(
            runs
              .filter((run) => run.tab === tab)
              .flatMap((run) =>
                run.calls.map(({ nodeId, cents }) => `${nodeId} ${credits(cents)}`),
              ),
          )
          const prices = calls.flatMap(({ nodeId, announcedCredits: price }) =>
            price === null ? [] : { nodeId, price },
          )
          expect(prices.filter(({ nodeId, price }) => !said.has(`${nodeId} ${price}`))).toEqual([])
          const sum = sumCredits(prices.map(({ price }) => price))
          expect(announcedCredits).toBe(prices.length === 0 ? null : sum)
        }
        const all = sumCredits(kept.flatMap(({ announcedCredits }) => announcedCredits ?? []))
        expect(all).toBeLessThanOrEqual(credits(totalCents(runs)))
      }),
      { numRuns: repetitions(1000, 150) },
    )
  })

  it('are rows that make the change of the balance, whatever was heard of them', () => {
    const scene = anyRuns.chain((runs) => {
      const events = runs.flatMap(usageOf)
      return fc.record({
        runs: fc.constant(runs),
        troubles: anyTroubles,
        events: fc.shuffledSubarray([...events, ...events]),
        others: fc.nat(300),
      })
    })
    fc.assert(
      fc.property(scene, ({ runs, troubles, events, others }) => {
        const kept = keptBy(runs, troubles)
        const cents = totalCents(runs) + others
        const evidence = {
          readings: [reading(-MINUTE, 100_000), reading(MINUTE, 100_000 - cents)],
          runs: kept,
          events,
          readAt: NOON + 2 * MINUTE,
          hasMore: false,
          overheard: [],
          before: new Map(),
        }
        const explanation = explain(evidence)
        const rows = buildRows({ ...evidence, explanation })
        const change = rows.reduce((sum, row) => sum + shown(row), 0)
        expect(change + usdMicrosFromCents(cents)).toBe(0)
      }),
      { numRuns: repetitions(500, 100) },
    )
  })
})

const reading = (ms: number, cents: number) => ({
  at: NOON + ms,
  usdMicros: usdMicrosFromCents(cents),
})

function usageOf(run: TrueRun): AccountEvent[] {
  return run.calls.flatMap((call) =>
    Array.from({ length: call.times }, (_, index) =>
      readAccountEvent({
        event_id: `${run.promptId}-${call.nodeId}-${index}`,
        event_type: 'api_usage_completed',
        createdAt: new Date(NOON + 500).toISOString(),
        params: {
          api_name: 'flux',
          job_id: run.promptId,
          charge_micro_usd: usdMicrosFromCents(call.cents),
        },
      }),
    ),
  )
}

function shown({ change }: HistoryRow): number {
  if (change.basis === 'actual') return change.usdMicros
  return change.basis === 'announced' ? -usdMicrosFromCredits(change.credits) : 0
}
