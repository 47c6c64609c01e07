import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  initialPurchase,
  isWaiting,
  pendingPurchase,
  purchaseFlow,
  type Purchase,
  type PurchaseEvent,
  type PurchaseState,
} from '../../../src/purchase/flow.ts'

const purchase: Purchase = {
  attempt: 'a',
  usdMicros: 25_000_000,
  beforeUsdMicros: 10_000_000,
  startedAt: 0,
  checkoutUrl: 'https://pay.invalid/',
  sessionId: 'cs_1',
  operationId: null,
  earlierEventIds: [],
}
const evidence = { from: 'checkout-status', sessionId: 'cs_1' } as const
const buy: PurchaseEvent = { type: 'buy', attempt: 'a', usdMicros: 25_000_000 }
const created: PurchaseEvent = { type: 'created', attempt: 'a', purchase }
const credited: PurchaseEvent = { type: 'credited', evidence, afterUsdMicros: 35_000_000 }

const run = (...events: PurchaseEvent[]): PurchaseState =>
  events.reduce(purchaseFlow, initialPurchase)

const anyEvent: fc.Arbitrary<PurchaseEvent> = fc.oneof(
  fc.constantFrom<PurchaseEvent[]>(
    buy,
    created,
    { type: 'buy', attempt: 'b', usdMicros: 5_000_000 },
    { type: 'created', attempt: 'b', purchase },
    { type: 'refused', attempt: 'a', code: 'offline' },
    { type: 'tab-opened' },
    { type: 'tab-blocked' },
    { type: 'paid' },
    { type: 'cancelled' },
    { type: 'expired' },
    { type: 'declined' },
    { type: 'gave-up' },
    { type: 'reopened' },
    { type: 'reset' },
  ),
  fc.constant(credited),
)

describe('the purchase flow', () => {
  it('goes from the amount to the credits', () => {
    expect(run(buy).step).toBe('creating')
    expect(run(buy, created).step).toBe('opening')
    expect(run(buy, created, { type: 'tab-opened' }).step).toBe('awaiting')
    expect(run(buy, created, { type: 'tab-opened' }, { type: 'paid' }).step).toBe('paid')
    expect(run(buy, created, { type: 'tab-opened' }, { type: 'paid' }, credited)).toEqual({
      step: 'credited',
      usdMicros: 25_000_000,
      beforeUsdMicros: 10_000_000,
      afterUsdMicros: 35_000_000,
      evidence,
    })
  })

  it('takes credits also after a cancel, a block or giving up: money that came has come', () => {
    for (const type of ['cancelled', 'tab-blocked', 'gave-up'] as const) {
      expect(run(buy, created, { type }, credited).step).toBe('credited')
    }
  })

  it('does not fall from paid back to waiting when the page is opened again or left', () => {
    const paid = [buy, created, { type: 'tab-opened' }, { type: 'paid' }] as const
    expect(run(...paid, { type: 'reopened' }).step).toBe('paid')
    expect(run(...paid, { type: 'cancelled' }).step).toBe('paid')
  })

  it('ignores the answer to an attempt that was given up', () => {
    expect(run(buy, { type: 'reset' }, created)).toEqual(initialPurchase)
    const other: PurchaseEvent = { type: 'buy', attempt: 'b', usdMicros: 5_000_000 }
    expect(run(buy, { type: 'reset' }, other, created).step).toBe('creating')
  })

  it('returns to the amount with the reason when the purchase is refused', () => {
    expect(run(buy, { type: 'refused', attempt: 'a', code: 'offline' })).toEqual({
      step: 'choosing',
      failure: 'offline',
    })
  })

  it('waits again when the payment page is opened again', () => {
    for (const type of ['cancelled', 'gave-up', 'tab-blocked'] as const) {
      expect(run(buy, created, { type }, { type: 'reopened' }).step).toBe('awaiting')
    }
  })

  it('is never credited without evidence', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 30 }), (events) => {
        const told = events.includes(credited)
        const state = events.reduce(purchaseFlow, initialPurchase)
        expect(state.step === 'credited' && !told).toBe(false)
        const withoutEvidence = events.filter((event) => event !== credited)
        expect(run(...withoutEvidence).step).not.toBe('credited')
      }),
    )
  })

  it('never credits what was not pending', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 30 }), (events) => {
        const state = events.reduce(purchaseFlow, initialPurchase)
        const next = purchaseFlow(state, credited)
        const pending = pendingPurchase(state) !== null
        expect(next.step === 'credited').toBe(pending || state.step === 'credited')
      }),
    )
  })

  it('has a way out of every state', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 30 }), (events) => {
        const state = events.reduce(purchaseFlow, initialPurchase)
        expect(purchaseFlow(state, { type: 'reset' })).toEqual(initialPurchase)
      }),
    )
  })

  it('waits only while there is a purchase to wait for', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 30 }), (events) => {
        const state = events.reduce(purchaseFlow, initialPurchase)
        expect(isWaiting(state) && pendingPurchase(state) === null).toBe(false)
      }),
    )
  })
})
