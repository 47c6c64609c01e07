import { describe, expect, it } from 'vitest'
import { loseSightOf, summaryOf, withRuns } from '../../../src/run-archive/summary.ts'
import type { Verdict } from '../../../src/reconciliation/verdict.ts'
import { newCall, newRun, NOON } from '../../support/builders/run.ts'

const measures = { model: null, inputTokens: null, outputTokens: null, images: null, seconds: null }
const judged = { nodeId: '1', usdMicros: null, certainty: 'unknown' as const, measures: null }
const verdict: Verdict = {
  promptId: 'p',
  usdMicros: 60_000,
  certainty: 'proved',
  word: 'charged',
  evidence: { match: 'job-id', eventIds: ['e1'], spans: [] },
  calls: [],
  revised: { usdMicros: 1, certainty: 'announced' },
}

describe('the summary of a run', () => {
  it('has each node and each model once, and the sum of its tokens', () => {
    const calls = [
      newCall({ title: 'Chat' }),
      newCall({ title: null, nodeType: 'SampleChat' }),
      newCall({ title: 'Chat' }),
      newCall({ title: null, nodeType: null }),
    ]
    const asked = [
      { ...measures, model: 'lexis', inputTokens: 3, outputTokens: 5 },
      { ...measures, model: 'lexis', inputTokens: 4 },
      { ...measures, model: 'aurora' },
      null,
    ].map((one) => ({ ...judged, measures: one }))
    expect(summaryOf(newRun({ calls }), { ...verdict, calls: asked })).toMatchObject({
      nodes: ['Chat', 'SampleChat'],
      models: ['lexis', 'aurora'],
      calls: 4,
      inputTokens: 7,
      outputTokens: 5,
      cost: { usdMicros: 60_000, certainty: 'proved', word: 'charged' },
    })
  })

  it('says nothing where nobody has said anything', () => {
    expect(summaryOf(newRun({ calls: [] }), null)).toMatchObject({
      nodes: [],
      models: [],
      inputTokens: null,
      outputTokens: null,
      announcedCredits: null,
      cost: null,
    })
  })

  it('stays small, whatever a run is named and however many nodes it has', () => {
    const calls = Array.from({ length: 500 }, (_, index) =>
      newCall({ title: `${index}${'x'.repeat(10_000)}` }),
    )
    const summary = summaryOf(newRun({ calls, workflow: 'w'.repeat(1_000_000) }), null)
    expect(JSON.stringify(summary).length).toBeLessThan(20_000)
    expect(summary.calls).toBe(500)
  })
})

describe('all summaries', () => {
  const kept = [3, 2, 1].map((index) =>
    summaryOf(newRun({ promptId: `r${index}`, startedAt: NOON + index }), verdict),
  )
  const ids = (all: readonly { readonly promptId: string }[]) => all.map(({ promptId }) => promptId)

  it('have what this page saw in the last moment, in its place, and what it saw the end of', () => {
    const running = summaryOf(newRun({ promptId: 'r4', outcome: 'running', endedAt: null }), null)
    const runs = [
      newRun({ promptId: 'new', startedAt: NOON + 5 }),
      newRun({ promptId: 'r4', startedAt: NOON + 4 }),
      newRun({ promptId: 'r2', startedAt: NOON + 2, outcome: 'running', endedAt: null }),
    ]
    const all = withRuns([{ ...running, startedAt: NOON + 4 }, ...kept], runs, new Map())
    expect(ids(all)).toEqual(['new', 'r4', 'r3', 'r2', 'r1'])
    expect(all.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 5 }, () => 'succeeded'))
    expect(all[3]?.cost).toEqual(kept[1]?.cost)
  })

  it('are the same list where this page knows nothing better', () => {
    expect(withRuns(kept, [newRun({ promptId: 'r3', startedAt: NOON + 3 })], new Map())).toBe(kept)
    expect(withRuns(kept, [], new Map())).toBe(kept)
  })

  it('have no run that called nobody', () => {
    const cached = newRun({ promptId: 'cached', startedAt: NOON + 9, outcome: 'cached', calls: [] })
    expect(withRuns(kept, [cached], new Map())).toBe(kept)
  })

  it('lose sight of what runs no more', () => {
    const [newest, ...others] = kept
    if (!newest) throw new Error('No run')
    const open = { ...newest, outcome: 'running' as const, endedAt: null }
    expect(loseSightOf([open, ...others], null)[0]).toBe(open)
    expect(loseSightOf([open, ...others], open.startedAt)[0]).toBe(open)
    expect(loseSightOf([open, ...others], NOON + 60)).toEqual([
      { ...open, outcome: 'lost', endedAt: NOON + 60 },
      ...others,
    ])
    expect(loseSightOf(kept, NOON + 60)).toBe(kept)
  })
})
