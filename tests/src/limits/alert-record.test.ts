import { describe, expect, it } from 'vitest'
import {
  dueShare,
  lowBalanceOf,
  withShare,
  type AlertRecord,
} from '../../../src/limits/alert-record.ts'
import type { LimitProgress } from '../../../src/limits/progress.ts'

const nothing: AlertRecord = { shares: {}, lowBalance: null }

const progress = (spentUsdMicros: number, part: Partial<LimitProgress> = {}): LimitProgress => ({
  limit: { id: 'a', period: 'day', scope: { kind: 'all' }, usdMicros: 100, action: 'warn' },
  spentUsdMicros,
  reservedUsdMicros: 0,
  from: 1000,
  resetsAt: 2000,
  isPartial: false,
  ...part,
})

describe('the share of a limit', () => {
  it('is alerted to at 50, 80 and 100 %, once each', () => {
    let record = nothing
    const alerts = [49, 50, 60, 79, 80, 99, 100, 150].map((spent) => {
      const percent = dueShare(progress(spent), record)
      if (percent !== null) record = withShare(record, progress(spent), percent, [progress(spent)])
      return percent
    })
    expect(alerts).toEqual([null, 50, null, null, 80, null, 100, null])
  })

  it('is alerted to by the highest that was reached, with what is reserved', () => {
    expect(dueShare(progress(30, { reservedUsdMicros: 55 }), nothing)).toBe(80)
    const record = withShare(nothing, progress(85), 80, [progress(85)])
    expect(dueShare(progress(60), record)).toBeNull()
  })

  it('is alerted to again in the next period, and not in the one before', () => {
    const record = withShare(nothing, progress(85), 80, [progress(85)])
    expect(dueShare(progress(85, { from: 2000 }), record)).toBe(80)
    expect(dueShare(progress(85, { from: 0 }), record)).toBeNull()
  })

  it('is alerted to again once the limit is another', () => {
    const record = withShare(nothing, progress(85), 80, [progress(85)])
    const { limit } = progress(0)
    expect(dueShare(progress(110, { limit: { ...limit, usdMicros: 200 } }), record)).toBe(50)
    const other = progress(10, { limit: { ...limit, id: 'b' } })
    expect(withShare(record, other, 50, [other]).shares).not.toHaveProperty('a')
  })

  it('of a limit of nothing is alerted to with the first that is spent', () => {
    const none = { limit: { ...progress(0).limit, usdMicros: 0 } }
    expect(dueShare(progress(0, none), nothing)).toBeNull()
    expect(dueShare(progress(1, none), nothing)).toBe(100)
  })
})

describe('a low balance', () => {
  it('is alerted to once, until it has been above the threshold again', () => {
    let record = nothing
    const alerts = [120, 100, 99, 50, 100, 60].map((balance) => {
      const low = lowBalanceOf(balance, 100, record)
      ;({ record } = low)
      return low.isDue
    })
    expect(alerts).toEqual([false, false, true, false, false, true])
  })

  it('is alerted to again below another threshold', () => {
    const { record } = lowBalanceOf(50, 100, nothing)
    expect(lowBalanceOf(50, 80, record).isDue).toBe(true)
  })
})
