import { describe, expect, it } from 'vitest'
import { blankRow, type HistoryRow, type RowChange } from '../../../../src/history/row.ts'
import { costOfRefused } from '../../../../src/purchase/amount/suggested-amount.ts'
import type { Call, Run } from '../../../../src/runs/run.ts'
import { newCall, newRun } from '../../../support/builders/run.ts'

const call = (nodeId: string, nodeType: string | null = 'SampleImage'): Call =>
  newCall({ nodeId, nodeType })
const run = (promptId: string, part: Partial<Run> = {}): Run =>
  newRun({ promptId, workflow: 'portrait', calls: [call('7')], ...part })
const refused = run('refused', { outcome: 'failed', reason: 'payment-required' })

const row = (promptId: string, change: RowChange): HistoryRow => ({
  ...blankRow,
  id: `run:${promptId}`,
  kind: 'run',
  at: 0,
  status: 'succeeded',
  change,
})
const cost = (promptId: string, usdMicros: number) =>
  row(promptId, { basis: 'actual', usdMicros: -usdMicros, complete: true })

describe('costOfRefused', () => {
  it('is the most that runs of the same workflow have cost', () => {
    const runs = [refused, run('a'), run('b'), run('c')]
    const rows = [cost('a', 40_000), cost('b', 60_000), cost('c', 50_000), cost('z', 900_000)]
    expect(costOfRefused(runs, rows)).toBe(60_000)
  })

  it('takes what a run said it costs while the account has no event of it', () => {
    const announced = row('a', { basis: 'announced', credits: 12.66 })
    expect(costOfRefused([refused, run('a')], [announced])).toBe(60_000)
  })

  it('tells workflows of one name apart by the nodes that asked', () => {
    const other = [
      run('a', { calls: [call('8')] }),
      run('b', { calls: [call('7', 'SampleVideo')] }),
    ]
    const rows = [cost('a', 40_000), cost('b', 40_000), cost('c', 30_000)]
    expect(costOfRefused([refused, ...other], rows)).toBeNull()
    const longer = run('c', { calls: [call('3', 'SampleChat'), call('7')] })
    expect(costOfRefused([refused, ...other, longer], rows)).toBe(30_000)
  })

  it('goes by the hashes where they are known', () => {
    const hashed = run('refused', { ...refused, workflowHash: 'h1' })
    const runs = [hashed, run('a', { workflowHash: 'h2' }), run('b', { workflowHash: 'h1' })]
    const renamed = runs.map((one) => (one.promptId === 'b' ? { ...one, workflow: 'old' } : one))
    expect(costOfRefused(renamed, [cost('a', 40_000), cost('b', 20_000)])).toBe(20_000)
  })

  it.each([
    ['no run was refused', [run('a')], [cost('a', 1)]],
    ['none was like it', [refused, run('a', { workflow: 'landscape' })], [cost('a', 1)]],
    [
      'the one like it was not finished',
      [refused, run('a', { outcome: 'failed' })],
      [cost('a', 1)],
    ],
    ['it is not known what it cost', [refused, run('a')], [row('a', { basis: 'unknown' })]],
    [
      'its cost is not all known yet',
      [refused, run('a')],
      [row('a', { basis: 'actual', usdMicros: -1, complete: false })],
    ],
    ['nothing asked in it', [{ ...refused, calls: [] }, run('a')], [cost('a', 1)]],
  ] as const)('is unknown when %s', (_why, runs, rows) => {
    expect(costOfRefused(runs, rows)).toBeNull()
  })
})
