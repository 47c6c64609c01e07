import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readAccountEvent } from '../../../../src/account-events/account-event.ts'
import { findCredits, proofByBalance } from '../../../../src/purchase/engine/match-credits.ts'
import type { Purchase } from '../../../../src/purchase/engine/flow.ts'

const START = Date.parse('2026-11-22T12:00:00Z')
const MINUTE_MS = 60_000

const purchase: Purchase = {
  attempt: 'a',
  way: 'page',
  usdMicros: 25_000_000,
  beforeUsdMicros: null,
  startedAt: START,
  card: null,
  checkoutUrl: 'https://checkout.stripe.com/',
  sessionId: null,
  operationId: null,
  earlierEventIds: ['old'],
}
/** Begun so many minutes after the first. */
const later = (attempt: string, minutes: number, rest: Partial<Purchase> = {}): Purchase => ({
  ...purchase,
  attempt,
  startedAt: START + minutes * MINUTE_MS,
  ...rest,
})

const credit = (
  id: string,
  seconds: number,
  params: Record<string, unknown> = { amount: 2500 },
  type = 'credit_added',
) =>
  readAccountEvent({
    event_id: id,
    event_type: type,
    createdAt: new Date(START + seconds * 1000).toISOString(),
    params,
  })

const proofs = (...args: Parameters<typeof findCredits>) =>
  Object.fromEntries(
    [...findCredits(...args).evidence].map(([attempt, evidence]) => [
      attempt,
      evidence.from === 'account-event' ? evidence.eventId : evidence.from,
    ]),
  )

describe('findCredits', () => {
  it('takes a new top-up of the same amount where no session is named', () => {
    expect(proofs([credit('new', 9)], [purchase])).toEqual({ a: 'new' })
    expect(proofs([credit('new', 9, { amount: 2500 }, 'topup_completed')], [purchase])).toEqual({
      a: 'new',
    })
  })

  it.each([
    ['of another amount', credit('new', 9, { amount: 1000 })],
    ['that was there before', credit('old', 9)],
    ['from long before', credit('new', -3600)],
    ['without an amount', credit('new', 9, {})],
    ['that belongs to another session', credit('new', 9, { amount: 2500, session_id: 'cs_other' })],
    ['that is no top-up', credit('x', 9, { amount: 2500 }, 'api_usage_completed')],
  ])('does not take one %s', (_why, event) => {
    expect(proofs([event], [purchase])).toEqual({})
  })

  it('does not take one that has proved another purchase already', () => {
    expect(proofs([credit('new', 9)], [purchase], new Set(['new']))).toEqual({})
  })

  it('takes the top-up that names the session, whatever was really paid', () => {
    const events = [credit('a', 5), credit('b', 9, { amount: 2400, session_id: 'cs_1' })]
    expect(proofs(events, [{ ...purchase, sessionId: 'cs_1' }])).toEqual({ a: 'b' })
  })

  it('counts one payment that is listed twice once', () => {
    const both = [
      credit('x', 9, { amount: 2500, transaction_id: 'pi_1' }),
      credit('y', 9, { amount: 2500, transaction_id: 'pi_1' }, 'topup_completed'),
    ]
    expect(proofs(both, [purchase, later('b', 0)])).toEqual({})
  })
})

describe('of two purchases of the same amount, findCredits', () => {
  it('leaves both open when one top-up could be of either, and says so', () => {
    const found = findCredits([credit('new', 600)], [purchase, later('b', 5)])
    expect(found.evidence.size).toBe(0)
    expect([...found.unclear]).toEqual(['a', 'b'])
  })

  it('knows the one that had begun when the top-up came', () => {
    expect(proofs([credit('new', 120)], [purchase, later('b', 5)])).toEqual({ a: 'new' })
  })

  it('knows both when there are two top-ups', () => {
    const events = [credit('one', 600), credit('two', 660)]
    expect(Object.keys(proofs(events, [purchase, later('b', 5)])).toSorted()).toEqual(['a', 'b'])
  })

  it('knows the two of three that alone can have brought two top-ups', () => {
    const events = [credit('one', 360), credit('two', 420)]
    const three = [purchase, later('b', 5), later('c', 10)]
    expect(Object.keys(proofs(events, three)).toSorted()).toEqual(['a', 'b'])
  })

  it('knows the other as soon as one is put away', () => {
    expect(proofs([credit('new', 600)], [later('b', 5)])).toEqual({ b: 'new' })
  })
})

describe('whatever the purchases and top-ups, findCredits', () => {
  const minutes = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 5 })

  it('gives each purchase an event of its own, and proves no unpaid one', () => {
    fc.assert(
      fc.property(minutes, fc.array(fc.boolean(), { maxLength: 5 }), (starts, paid) => {
        const purchases = starts.map((start, index) => later(`p${index}`, start))
        // Only the paid ones have left an event, two minutes after their start.
        const events = starts.flatMap((start, index) =>
          paid[index] ? credit(`e${index}`, start * 60 + 120) : [],
        )
        const found = proofs(events, purchases)
        expect(new Set(Object.values(found)).size).toBe(Object.keys(found).length)
        for (const attempt of Object.keys(found)) {
          expect(paid[Number(attempt.slice(1))]).toBe(true)
        }
      }),
      { numRuns: 2000 },
    )
  })
})

describe('proofByBalance', () => {
  const before = { ...purchase, beforeUsdMicros: 10_000_000 }

  it('takes a rise by just the amount', () => {
    expect(proofByBalance([before], { usdMicros: 35_000_000, spentUsdMicros: 0 })).toEqual({
      attempt: 'a',
      evidence: { from: 'balance', usdMicros: 35_000_000 },
    })
  })

  it('counts in what runs spent meanwhile', () => {
    const spent = { usdMicros: 34_000_000, spentUsdMicros: 1_000_000 }
    expect(proofByBalance([before], spent)?.attempt).toBe('a')
    expect(proofByBalance([before], { ...spent, spentUsdMicros: 0 })).toBeNull()
  })

  it.each([
    ['the balance before is not known', [purchase], 0],
    ['what was spent is not known', [before], null],
    ['there are two purchases', [before, { ...before, attempt: 'b' }], 0],
  ])('proves nothing when %s', (_why, purchases, spentUsdMicros) => {
    expect(proofByBalance(purchases, { usdMicros: 35_000_000, spentUsdMicros })).toBeNull()
  })
})
