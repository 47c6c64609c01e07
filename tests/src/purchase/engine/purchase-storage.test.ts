import { beforeEach, describe, expect, it } from 'vitest'
import type { Progress, Purchase } from '../../../../src/purchase/engine/flow.ts'
import {
  storePurchase,
  readChange,
  readPurchases,
} from '../../../../src/purchase/engine/purchase-storage.ts'
import { fullStorage } from '../../support/panel.ts'

const PLACE = 'token:ann'
const OTHER_PLACE = 'token:ann:ws_team'

const purchase: Purchase = {
  attempt: 'a1',
  way: 'page',
  usdMicros: 25_000_000,
  beforeUsdMicros: null,
  startedAt: 1,
  card: { brand: 'visa', last4: null },
  checkoutUrl: 'https://checkout.stripe.com/',
  sessionId: 'cs_1',
  operationId: null,
  earlierEventIds: ['e1'],
}
const awaiting: Progress = { step: 'awaiting', purchase, at: 2 }
const credited: Progress = {
  step: 'credited',
  purchase,
  at: 3,
  afterUsdMicros: 35_000_000,
  evidence: { from: 'account-event', eventId: 'e2' },
}
const begun = (attempt: string, startedAt: number, rest: Progress): Progress => ({
  ...rest,
  purchase: { ...purchase, attempt, startedAt },
})
const KEY = `comfyui-credits:purchase:${PLACE}:a1`

beforeEach(() => localStorage.clear())

describe('a purchase that is kept', () => {
  it.each([
    awaiting,
    credited,
    { step: 'undecided', purchase, at: 2, code: 'timeout' },
    { step: 'undecided', purchase, at: 2, code: null },
    // As written before a recovery was stored, and with one.
    { step: 'paid', purchase, at: 2 },
    { step: 'declined', purchase, at: 2 },
    { step: 'declined', purchase, at: 2, recovery: 'contact_support' },
    { step: 'authenticating', purchase, at: 2, actionUrl: null, failed: true },
    { step: 'failed', purchase, at: 2, code: 'checkout-url-untrusted' },
  ] satisfies Progress[])('is read as it was: $step', (progress) => {
    expect(storePurchase(localStorage, PLACE, progress)).toBe(true)
    expect(readPurchases(localStorage, PLACE)).toEqual([progress])
  })

  it('is of one account and one billingAccount, also where one name begins with the other', () => {
    storePurchase(localStorage, OTHER_PLACE, awaiting)
    expect(readPurchases(localStorage, PLACE)).toEqual([])
    expect(readPurchases(localStorage, OTHER_PLACE)).toEqual([awaiting])
  })

  it('comes newest first', () => {
    storePurchase(localStorage, PLACE, begun('a1', 1, awaiting))
    storePurchase(localStorage, PLACE, begun('a2', 3, awaiting))
    storePurchase(localStorage, PLACE, begun('a3', 2, awaiting))
    expect(readPurchases(localStorage, PLACE).map(({ purchase: { attempt } }) => attempt)).toEqual([
      'a2',
      'a3',
      'a1',
    ])
  })

  it('is not overwritten by a tab that has not heard of the credits yet', () => {
    storePurchase(localStorage, PLACE, credited)
    storePurchase(localStorage, PLACE, { ...awaiting, at: 9 })
    expect(readPurchases(localStorage, PLACE)).toEqual([credited])
  })

  it('is kept however many have ended, of which the oldest go', () => {
    storePurchase(localStorage, PLACE, begun('a0', 0, awaiting))
    for (let index = 1; index <= 102; index += 1) {
      storePurchase(localStorage, PLACE, begun(`b${index.toString(16)}`, index, credited))
    }
    const all = readPurchases(localStorage, PLACE)
    expect(all).toHaveLength(101)
    expect(all.at(-1)?.purchase.attempt).toBe('a0')
  })

  it.each([
    ['nothing', ''],
    ['broken', '{"step":'],
    ['of another shape', '{"step":"credited"}'],
    ['credited without evidence', JSON.stringify({ ...credited, evidence: undefined })],
    ['in a step that this version does not know', JSON.stringify({ ...awaiting, step: 'won' })],
    ['with an amount that is none', JSON.stringify({ ...awaiting, purchase: { usdMicros: 'x' } })],
  ])('is not there when what is written is %s', (_what, text) => {
    localStorage.setItem(KEY, text)
    expect(readPurchases(localStorage, PLACE)).toEqual([])
  })

  it('is reported by another tab', () => {
    const change = (key: string | null) =>
      new StorageEvent('storage', { key, newValue: JSON.stringify(awaiting) })
    expect(readChange(change(KEY), PLACE)).toEqual(awaiting)
    expect(readChange(change(KEY), OTHER_PLACE)).toBeNull()
    expect(readChange(change('theirs'), PLACE)).toBeNull()
    expect(readChange(change(null), PLACE)).toBeNull()
  })

  it('says when the browser keeps nothing', () => {
    expect(storePurchase(fullStorage, PLACE, awaiting)).toBe(false)
  })
})
