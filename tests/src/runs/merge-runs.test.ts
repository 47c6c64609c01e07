import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { joinStored, loseSight, mergeRuns } from '../../../src/runs/merge-runs.ts'
import type { Call, Run, RunOutcome } from '../../../src/runs/run.ts'
import { newCall, newRun } from '../../support/builders/run.ts'

const outcomes = ['running', 'succeeded', 'failed', 'cancelled', 'interrupted', 'lost'] as const

const call = (nodeId: string, part: Partial<Call> = {}): Call =>
  newCall({ nodeId, outcome: 'running', startedAt: 1000, endedAt: null, ...part })
const run = (promptId: string, outcome: RunOutcome, part: Partial<Run> = {}): Run =>
  newRun({
    promptId,
    outcome,
    purse: null,
    startedAt: 1000,
    endedAt: outcome === 'running' ? null : 9000,
    calls: [],
    ...part,
  })

const anyRun = fc
  .record({
    outcome: fc.constantFrom(...outcomes),
    calls: fc.uniqueArray(
      fc.record({ nodeId: fc.constantFrom('1', '2', '3:1'), price: fc.option(fc.nat(1000)) }),
      { selector: ({ nodeId }) => nodeId },
    ),
  })
  .map(({ outcome, calls }) =>
    run('p', outcome, {
      calls: calls.map(({ nodeId, price }) => call(nodeId, { announcedCredits: price })),
    }),
  )

describe('one run seen twice', () => {
  it('never loses an end that was seen, a call or a price, and adds no price to itself', () => {
    fc.assert(
      fc.property(anyRun, anyRun, (kept, now) => {
        const merged = mergeRuns(kept, now)
        const seen = [now, kept].find(({ outcome }) => !['running', 'lost'].includes(outcome))
        expect(merged.outcome).toBe(seen?.outcome ?? now.outcome)
        const nodes = new Set([...kept.calls, ...now.calls].map(({ nodeId }) => nodeId))
        expect(new Set(merged.calls.map(({ nodeId }) => nodeId))).toEqual(nodes)
        expect(merged.calls).toHaveLength(nodes.size)
        const priceIn = ({ calls }: Run, id: string): number | null =>
          calls.find(({ nodeId }) => nodeId === id)?.announcedCredits ?? null
        const sum = [...nodes].reduce(
          (total, id) => total + (priceIn(now, id) ?? priceIn(kept, id) ?? 0),
          0,
        )
        expect(merged.announcedCredits ?? 0).toBe(sum)
        const open = merged.calls.filter(({ outcome }) => outcome === 'running')
        expect(open.length === 0 || merged.endedAt === null).toBe(true)
        expect(mergeRuns(merged, now)).toEqual(merged)
      }),
    )
  })

  it('belongs to the account that was known when it was queued', () => {
    expect(mergeRuns(run('p', 'running', { purse: 'ann' }), run('p', 'succeeded')).purse).toBe(
      'ann',
    )
  })
})

describe('kept runs beside those of the page', () => {
  it('are in the order they began, each once', () => {
    const live = [run('c', 'running', { startedAt: 3000 }), run('a', 'succeeded')]
    const kept = [run('b', 'failed', { startedAt: 2000 }), run('a', 'succeeded')]
    expect(joinStored(live, kept).map(({ promptId }) => promptId)).toEqual(['c', 'b', 'a'])
  })
})

describe('a kept run without an end', () => {
  const kept = run('p', 'running', { calls: [call('1')] })

  it('runs on, maybe in another tab, until the server is seen with nothing to do', () => {
    expect(loseSight([kept], null)).toEqual([kept])
    expect(loseSight([kept], 999)).toEqual([kept])
  })

  it('is lost sight of after that, with its calls', () => {
    const [lost] = loseSight([kept], 5000)
    expect(lost).toMatchObject({ outcome: 'lost', endedAt: 5000 })
    expect(lost?.calls.map(({ outcome }) => outcome)).toEqual(['lost'])
  })
})
