import { describe, expect, it } from 'vitest'
import { readAccountEvent } from '../../../src/account-events/account-event.ts'
import { callsOf, sumsOf } from '../../../src/history/details.ts'
import { buildRows } from '../../../src/history/rows.ts'
import { changedCredits } from '../../../src/history/cost.ts'
import { parseRunEvent } from '../../../src/runs/run-event.ts'
import { explain } from '../../../src/reconciliation/explain.ts'
import { readJudged } from '../../../src/run-archive/schema.ts'
import { emptyRecorder, record, runsOf } from '../../../src/runs/recorder.ts'
import {
  hostileNumbers,
  hostileTexts,
  hostileValues,
  runNamed,
  type Raw,
} from '../../support/builders/hostile.ts'
import { NOON } from '../../support/builders/run.ts'

/** Through recorder, database, reconciliation and rows, to what an opened row says. */
function shownOf(events: readonly Raw[], named: string | null, params: Record<string, unknown>) {
  const facts = {
    purse: 'mine',
    workflow: named,
    node: () => (named === null ? null : { type: named, title: named }),
  }
  let state = emptyRecorder
  for (const [index, [type, detail]] of events.entries()) {
    const event = parseRunEvent({ type, detail, at: NOON + index })
    if (event) state = record(state, event, facts)
  }
  const kept = runsOf(state).map((run) =>
    readJudged({ place: 'p', run: JSON.parse(JSON.stringify(run)) as unknown }, 'p'),
  )
  expect(kept).not.toContain(null)
  const runs = kept.flatMap((judged) => judged?.run ?? [])
  const event = readAccountEvent({
    event_id: 'e1',
    event_type: 'api_usage_completed',
    createdAt: new Date(NOON).toISOString(),
    params,
  })
  const evidence = { runs, events: [event], readAt: NOON + 60_000, hasMore: false }
  const explanation = explain({ ...evidence, readings: [], overheard: [], before: new Map() })
  const rows = buildRows({ ...evidence, explanation, refused: state.refused })
  return { state, rows, calls: rows.flatMap(({ parts }) => (parts ? callsOf(parts) : [])) }
}

describe('names that anybody may choose', () => {
  it.each(Object.entries(hostileTexts))('%s: the run is that run, and nothing grows', (_, text) => {
    const { state, rows, calls } = shownOf(runNamed(text), text, { job_id: text, model: text })
    expect(JSON.stringify(state).length).toBeLessThan(20_000)
    const run = rows.find(({ kind, parts }) => kind === 'run' && parts?.run)
    // An id that nobody gives is none.
    const seen = text.length <= 200 ? text : undefined
    expect([run?.promptId, run?.workflow]).toEqual([seen, seen])
    expect(calls.find(({ nodeId }) => nodeId === text)?.nodeId).toBe(seen)
    expect(Object.prototype).not.toHaveProperty('state')
  })
})

describe('values that are not what they should be', () => {
  it.each(hostileValues)(
    '%j as every field of every event makes no run and breaks none',
    (value) => {
      const types = runNamed('x').map(([type, detail]): Raw => {
        const fields = Object.keys(detail as object)
        return [type, Object.fromEntries(fields.map((field) => [field, value]))]
      })
      const whole = runNamed('x').map(([type]): Raw => [type, value])
      const { rows } = shownOf([...types, ...whole, ...runNamed('y')], null, {})
      const runs = rows.filter(({ kind }) => kind === 'run')
      expect(runs.filter(({ promptId }) => promptId === 'y')).toHaveLength(1)
    },
  )

  it.each(hostileNumbers)('%s as price, tokens, charge or date invents no amount', (number) => {
    const events = runNamed('p').map(([type, detail]): Raw =>
      type === 'progress_text'
        ? [type, { nodeId: 'p', text: `Status: Completed\nPrice: ${number} credits` }]
        : [type, detail],
    )
    const params = { job_id: 'p', charge_micro_usd: number, input_tokens: number, seconds: number }
    const { rows, calls } = shownOf(events, null, params)
    const amounts = rows.map(({ change }) => changedCredits(change))
    const { provedUsdMicros, announcedUsdMicros } = sumsOf(calls)
    const figures = [...amounts, provedUsdMicros, announcedUsdMicros].filter((one) => one !== null)
    expect(figures.filter((figure) => !Number.isFinite(figure))).toEqual([])
  })
})
