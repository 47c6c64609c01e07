import { describe, expect, it } from 'vitest'
import {
  isNothing,
  noLimits,
  parseSettings,
  storedForm,
  withImported,
  type Limit,
  type LimitSettings,
} from '../../../src/limits/limit.ts'

const daily: Limit = {
  id: 'a',
  period: 'day',
  scope: { kind: 'all' },
  usdMicros: 94_787,
  action: 'stop',
}
const settings: LimitSettings = { ...noLimits, limits: [daily], askAboveUsdMicros: 10 }

describe('what a person has set', () => {
  it('is read as it was stored', () => {
    const form: unknown = JSON.parse(JSON.stringify(storedForm(settings, null)))
    expect(parseSettings(form)).toEqual(settings)
  })

  it.each([[null], ['limits'], [7], [[]]])('is nothing where %j is stored', (value) => {
    expect(parseSettings(value)).toBeNull()
  })

  it('holds as far as it can be understood', () => {
    const stored = {
      limits: [
        { ...daily, usdMicros: -1 },
        { ...daily, id: 'b' },
        'x',
        { ...daily, period: 'year' },
      ],
      askAboveUsdMicros: 'much',
      lowBalanceUsdMicros: 5,
      runaway: { usdMicros: 5, minutes: 0 },
    }
    expect(parseSettings(stored)).toEqual({
      limits: [{ ...daily, id: 'b' }],
      askAboveUsdMicros: null,
      lowBalanceUsdMicros: 5,
      runaway: null,
    })
  })

  it('keeps one limit of an id, and not more limits than anybody sets', () => {
    const many = Array.from({ length: 80 }, (_, index) => ({ ...daily, id: `${index % 60}` }))
    expect(parseSettings({ limits: many })?.limits).toHaveLength(50)
  })

  it('leaves what a newer version has stored as it is', () => {
    const ofYear = { ...daily, id: 'y', period: 'year' }
    const before = {
      limits: [{ ...daily, note: 'new' }, ofYear, { ...daily, id: 'gone', note: 'new' }],
      digest: 'weekly',
    }
    const raised = { ...daily, usdMicros: 200_000 }
    expect(storedForm({ ...noLimits, limits: [raised] }, before)).toEqual({
      ...noLimits,
      digest: 'weekly',
      limits: [{ ...raised, note: 'new' }, ofYear],
    })
  })

  it('is nothing once all is taken back, unless a newer version has set something', () => {
    expect(isNothing(storedForm(noLimits, storedForm(settings, null)))).toBe(true)
    expect(isNothing(storedForm(settings, null))).toBe(false)
    expect(isNothing(storedForm(noLimits, { digest: 'weekly' }))).toBe(false)
  })

  it('is added to by a file, and not changed', () => {
    const file = {
      ...noLimits,
      limits: [
        { ...daily, usdMicros: 1 },
        { ...daily, id: 'b' },
      ],
      askAboveUsdMicros: 99,
      lowBalanceUsdMicros: 7,
    }
    expect(withImported(settings, file)).toEqual({
      ...settings,
      limits: [daily, { ...daily, id: 'b' }],
      lowBalanceUsdMicros: 7,
    })
  })
})
