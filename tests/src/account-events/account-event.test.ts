import { describe, expect, it } from 'vitest'
import { readAccountEvent, readTime } from '../../../src/account-events/account-event.ts'

describe('the time of an event', () => {
  it.each([
    '2026-11-22T10:00:00Z',
    '2026-11-22T10:00:00',
    '2026-11-22T10:00',
    '2026-11-22 10:00:00',
    ' 2026-11-22T10:00:00.000000 ',
    '2026-11-22T10:00:00.000000000Z',
    '2026-11-22T10:00:00+00',
    '2026-11-22 10:00:00+00',
    '2026-11-22 10:00:00.000 +0000',
    '2026-11-22T11:00:00+0100',
    '2026-11-22T06:30:00-03:30',
    '2026-11-22T08:00-02',
  ])('is read where it is written as %j', (written) => {
    expect(readTime(written)).toBe(Date.UTC(2026, 10, 22, 10))
  })

  it.each(['', 'soon', '2026-13-40T10:00:00Z', '+00', '10:00+00'])('is none in %j', (written) => {
    expect(readTime(written)).toBeNull()
  })
})

describe('an amount of an event', () => {
  it.each(['0x10', '0b11', '1_000', 'Infinity', '12,5', true, [12], { usd: 12 }])(
    'that is no number in decimals is unreadable: %j',
    (amount) => {
      const event = readAccountEvent({
        event_id: 'e',
        event_type: 'credit_added',
        createdAt: '2026-11-22T10:00:00Z',
        params: { amount, charge_micro_usd: amount },
      })
      expect(event).toMatchObject({ amountUsdMicros: null, chargeUsdMicros: null })
      expect(event.unreadable).toBe(JSON.stringify(amount))
    },
  )
})
