import { beforeEach, describe, expect, it } from 'vitest'
import { readBalance } from '../../../src/balance/balance.ts'
import { readLastKnown, writeLastKnown } from '../../../src/balance/last-known.ts'

describe('readBalance', () => {
  it('reads the wire’s cents, whole and fractional, as micro-USD', () => {
    const balance = readBalance({ amount_micros: 1000, currency: 'usd' })
    expect(balance.availableUsdMicros).toBe(10_000_000)
    expect(readBalance({ amount_micros: 0.0034, currency: 'usd' }).availableUsdMicros).toBe(34)
  })

  it('takes the effective balance before the plain one: that is what a call may spend', () => {
    const balance = readBalance({
      amount_micros: 1000,
      effective_balance_micros: 900,
      prepaid_balance_micros: 700,
      cloud_credit_balance_micros: 300,
      pending_charges_micros: 100,
      currency: 'USD',
    })
    expect(balance).toMatchObject({
      availableUsdMicros: 9_000_000,
      prepaidUsdMicros: 7_000_000,
      monthlyUsdMicros: 3_000_000,
      pendingUsdMicros: 1_000_000,
    })
  })

  it('keeps what was not said apart from zero', () => {
    const balance = readBalance({ amount_micros: 1, prepaid_balance_micros: null, currency: 'usd' })
    expect(balance.prepaidUsdMicros).toBeNull()
    expect(balance.monthlyUsdMicros).toBeNull()
  })

  it('refuses another currency, whose figure would pass for dollars', () => {
    expect(() => readBalance({ amount_micros: 1, currency: 'eur' })).toThrowError(
      expect.objectContaining({ code: 'unreadable' }),
    )
  })

  it('knows only the features it knows', () => {
    const { features } = readBalance({
      amount_micros: 1,
      currency: 'usd',
      features: ['return_url', 'teleport'],
    })
    expect([...features]).toEqual(['return_url'])
  })
})

describe('the last known figure', () => {
  beforeEach(() => localStorage.clear())

  it('is kept for each account', () => {
    writeLastKnown(localStorage, 'token:a', { usdMicros: 5, at: 1 })
    expect(readLastKnown(localStorage, 'token:a')).toEqual({ usdMicros: 5, at: 1 })
    expect(readLastKnown(localStorage, 'token:b')).toBeNull()
  })

  it.each(['', 'null', '{}', '{"usdMicros":"5","at":1}', '{"usdMicros":0.5,"at":1}', 'not json'])(
    'is none when the storage holds %j',
    (text) => {
      localStorage.setItem('comfyui-credits:balance:token:a', text)
      expect(readLastKnown(localStorage, 'token:a')).toBeNull()
    },
  )

  it('does without a storage that is full', () => {
    const full = {
      setItem() {
        throw new DOMException('full', 'QuotaExceededError')
      },
    } as unknown as Storage
    expect(() => writeLastKnown(full, 'token:a', { usdMicros: 5, at: 1 })).not.toThrow()
  })
})
