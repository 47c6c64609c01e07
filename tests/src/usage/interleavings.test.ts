import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sumCredits, usdMicrosFromCents } from '../../../contract/money.ts'
import type { AccountEvent } from '../../../src/history/events.ts'
import { readAccountEvent } from '../../../src/history/events.ts'
import { parseRunEvent } from '../../../src/usage/events.ts'
import { reconcile, spansOf } from '../../../src/usage/reconcile.ts'
import {
  closeRecorder,
  emptyRecorder,
  record,
  runsOf,
  type HostFacts,
  type RecorderState,
} from '../../../src/usage/recorder.ts'

const facts: HostFacts = { purse: 'mine', workflow: null, node: () => null }

interface Told {
  readonly type: string
  readonly detail: unknown
}

/** What one call of a run really cost: 0 where nothing was charged. */
interface TrueCall {
  readonly nodeId: string
  readonly cents: number
  readonly times: number
}
interface TrueRun {
  readonly tab: number
  readonly promptId: string
  readonly calls: readonly TrueCall[]
  readonly end: 'succeeded' | 'failed' | 'cancelled' | 'restarted'
}

/** 2.11 credits are a cent: these prices are exact in every purse. */
const credits = (cents: number): number => Math.round(cents * 211) / 100

const anyCall = (index: number) =>
  fc.record({
    nodeId: fc.constant(`${index + 1}`),
    cents: fc.integer({ min: 1, max: 500 }),
    times: fc.integer({ min: 1, max: 3 }),
  })
const anyRun = (index: number): fc.Arbitrary<TrueRun> =>
  fc.record({
    tab: fc.integer({ min: 0, max: 2 }),
    promptId: fc.constant(`run-${index}`),
    calls: fc
      .integer({ min: 0, max: 3 })
      .chain((count) => fc.tuple(...Array.from({ length: count }, (_, at) => anyCall(at)))),
    end: fc.constantFrom('succeeded', 'failed', 'cancelled', 'restarted'),
  })
/** Runs of three tabs, in the order in which the server executes them. Tab 0 is this one. */
const anyRuns: fc.Arbitrary<readonly TrueRun[]> = fc
  .integer({ min: 1, max: 5 })
  .chain((count) => fc.tuple(...Array.from({ length: count }, (_, index) => anyRun(index))))

/** What the server says of one run, and to whom: only texts reach every tab. */
function told(run: TrueRun): (Told & { readonly everybody?: boolean })[] {
  const { promptId } = run
  const texts = ({ nodeId, cents, times }: TrueCall) => {
    const say = (status: string, price: string) => ({
      type: 'progress_text',
      detail: { nodeId, text: `Status: ${status}${price}\nTime elapsed: 0s` },
      everybody: true,
    })
    const price = `\nPrice: ${credits(cents)} credits`
    const each = Array.from({ length: times })
    return [
      {
        type: 'progress_state',
        detail: { prompt_id: promptId, nodes: { [nodeId]: { state: 'running' } } },
      },
      { type: 'executing', detail: nodeId },
      ...each.map(() => say('Waiting for server', '')),
      ...each.map(() => say('Completed', price)),
      say('Ready', price),
      {
        type: 'progress_state',
        detail: { prompt_id: promptId, nodes: { [nodeId]: { state: 'finished' } } },
      },
    ]
  }
  return [
    { type: 'execution_start', detail: { prompt_id: promptId } },
    ...run.calls.flatMap(texts),
    ...endOf(run),
  ]
}

function endOf({ promptId, end }: TrueRun): Told[] {
  const error = (exception_type: string) => ({
    type: 'execution_error',
    detail: { prompt_id: promptId, node_id: '1', exception_type },
  })
  const idle = { type: 'executing', detail: null }
  switch (end) {
    case 'succeeded':
      return [{ type: 'execution_success', detail: { prompt_id: promptId } }, idle]
    case 'failed':
      return [error('Exception'), idle]
    case 'cancelled':
      return [error('comfy_api_nodes.ProcessingInterrupted'), idle]
    case 'restarted':
      return [
        { type: 'status', detail: null },
        { type: 'reconnecting', detail: null },
        { type: 'reconnected', detail: null },
        { type: 'status', detail: { exec_info: { queue_remaining: 0 } } },
      ]
  }
}

/** What this tab hears of all of them. */
function heard(runs: readonly TrueRun[]): Told[] {
  return runs.flatMap((run) =>
    told(run).filter(({ everybody }) => run.tab === 0 || everybody === true),
  )
}

function after(events: readonly Told[]): RecorderState {
  let state = emptyRecorder
  for (const [at, { type, detail }] of events.entries()) {
    const event = parseRunEvent({ type, detail, at })
    if (event) state = record(state, event, facts)
  }
  return state
}

const ownOf = (runs: readonly TrueRun[]) => runs.filter(({ tab }) => tab === 0)
const totalCents = (runs: readonly TrueRun[]) =>
  runs.flatMap(({ calls }) => calls).reduce((sum, { cents, times }) => sum + cents * times, 0)

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

  it('with events told twice cost what they cost', () => {
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
  // a text for the same node id cannot be told from the run's own by anybody.
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

describe('a page that stays open', () => {
  it('does not grow: sixty thousand events of runs, strangers and nonsense', () => {
    const RUNS = 2000
    let state = emptyRecorder
    let count = 0
    const tell = (type: string, detail: unknown): void => {
      count += 1
      const event = parseRunEvent({ type, detail, at: count })
      if (event) state = record(state, event, facts)
    }
    for (let index = 0; index < RUNS; index += 1) {
      const prompt_id = `p${index}`
      tell('promptQueueing', { requestId: index, batchCount: 1 + (index % 3) })
      tell('credits_accepted', { prompt_id: `never-${index}`, number: index })
      tell('credits_refused', { code: 'x' })
      tell('execution_start', { prompt_id })
      for (let node = 0; node < 5; node += 1) {
        const nodeId = `${index}-${node}`
        tell('executing', nodeId)
        tell('progress_state', { prompt_id, nodes: { [nodeId]: { state: 'running' } } })
        tell('progress_text', { nodeId, text: 'Status: Waiting for server\nTime elapsed: 0s' })
        tell('progress_text', { nodeId, text: `Status: Completed\nPrice: ${node + 1} credits` })
        tell('progress_text', { nodeId: `other-${nodeId}`, text: 'Status: A\nPrice: 3 credits' })
      }
      if (index % 2 === 0) tell('execution_success', { prompt_id })
    }
    expect(count).toBeGreaterThan(50_000)
    expect(state.ended.length).toBe(500)
    expect(state.overheard.length).toBeLessThanOrEqual(50)
    expect(state.refused.length).toBeLessThanOrEqual(50)
    expect(state.queued.requests.length).toBeLessThanOrEqual(50)
    expect(state.queued.accepted.length).toBeLessThanOrEqual(500)
    expect(JSON.stringify(state).length).toBeLessThan(2_000_000)
  })

  it('does not grow within one run of ten thousand nodes either', () => {
    let state = emptyRecorder
    const tell = (type: string, detail: unknown): void => {
      const event = parseRunEvent({ type, detail, at: 1 })
      if (event) state = record(state, event, facts)
    }
    tell('execution_start', { prompt_id: 'p' })
    for (let node = 0; node < 10_000; node += 1) {
      tell('executing', `${node}`)
      tell('progress_text', { nodeId: `${node}`, text: 'Status: Completed\nPrice: 1 credits' })
    }
    expect(state.open?.begun.size).toBeLessThanOrEqual(2000)
    expect(state.open?.run.calls.length).toBeLessThanOrEqual(1000)
  })
})
