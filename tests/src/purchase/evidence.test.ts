import { describe, expect, it } from 'vitest'
import { readAccountEvent } from '../../../src/history/events.ts'
import { findCredit } from '../../../src/purchase/evidence.ts'
import type { Purchase } from '../../../src/purchase/flow.ts'

const START = Date.parse('2026-11-22T12:00:00Z')

const purchase: Purchase = {
  attempt: 'a',
  usdMicros: 25_000_000,
  beforeUsdMicros: null,
  startedAt: START,
  checkoutUrl: 'https://pay.invalid/',
  sessionId: null,
  operationId: null,
  earlierEventIds: ['old'],
}

const credit = (id: string, seconds: number, params: Record<string, unknown>) =>
  readAccountEvent({
    event_id: id,
    event_type: 'credit_added',
    createdAt: new Date(START + seconds * 1000).toISOString(),
    params,
  })

describe('findCredit', () => {
  it('takes a new top-up of the same amount where no session is named', () => {
    expect(findCredit([credit('new', 9, { amount: 2500 })], purchase)).toEqual({
      from: 'account-event',
      eventId: 'new',
    })
  })

  it.each([
    ['of another amount', credit('new', 9, { amount: 1000 })],
    ['that was there before', credit('old', 9, { amount: 2500 })],
    ['from long before', credit('new', -3600, { amount: 2500 })],
    ['without an amount', credit('new', 9, {})],
    ['that belongs to another session', credit('new', 9, { amount: 2500, session_id: 'cs_other' })],
    [
      'that is no top-up',
      readAccountEvent({
        event_id: 'x',
        event_type: 'api_usage_completed',
        createdAt: new Date(START + 9000).toISOString(),
        params: { amount: 2500 },
      }),
    ],
  ])('does not take one %s', (_why, event) => {
    expect(findCredit([event], purchase)).toBeNull()
  })

  it('takes the top-up that names the session, whatever was really paid', () => {
    const found = findCredit(
      [credit('a', 5, { amount: 2500 }), credit('b', 9, { amount: 2400, session_id: 'cs_1' })],
      { ...purchase, sessionId: 'cs_1' },
    )
    expect(found).toEqual({ from: 'account-event', eventId: 'b' })
  })
})
