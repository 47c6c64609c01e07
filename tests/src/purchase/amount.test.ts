import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TOP_UP_MAX_USD, TOP_UP_MIN_USD, TOP_UP_PRESETS_USD } from '../../../contract/limits.ts'
import { parseAmount, stepAmount, usdToPositive } from '../../../src/purchase/amount.ts'

describe('parseAmount', () => {
  it.each([
    ['25', 25],
    [' 25 ', 25],
    ['$25', 25],
    ['US$ 25', 25],
    ['25.00', 25],
    ['1,000', 1000],
    ['10,000', 10_000],
    ['5', 5],
    ['$1,234.00', 1234],
    ['1.234,00', 1234],
    ['US$1,234', 1234],
    ['1 234 USD', 1234],
    ['１００', 100],
    ['＄２５', 25],
    ['٢٥', 25],
  ])('reads %j as %i dollars', (text, usd) => {
    expect(parseAmount(text, 'en')).toEqual({ state: 'ok', usdMicros: usd * 1_000_000 })
  })

  it.each([
    ['', 'empty'],
    ['   ', 'empty'],
    ['$', 'empty'],
    ['abc', 'unreadable'],
    ['1e3', 'unreadable'],
    ['-5', 'unreadable'],
    ['+5', 'unreadable'],
    ['1,00,0', 'unreadable'],
    ['1.2.3', 'unreadable'],
    ['25.001', 'unreadable'],
    ['0x10', 'unreadable'],
    ['25 or 30', 'unreadable'],
    ['25.123', 'unreadable'],
    ['Infinity', 'unreadable'],
    ['4', 'too-small'],
    ['4.99', 'too-small'],
    ['0', 'too-small'],
    ['10001', 'too-large'],
    ['999999999', 'too-large'],
    ['12.5', 'not-whole'],
  ])('calls %j %s', (text, state) => {
    expect(parseAmount(text, 'en')).toEqual({ state })
  })

  it('never sells anything but whole dollars within the bounds', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.float().map(String)), (text) => {
        const amount = parseAmount(text, 'en')
        if (amount.state !== 'ok') return
        const usd = amount.usdMicros / 1_000_000
        expect(Number.isInteger(usd)).toBe(true)
        expect(usd).toBeGreaterThanOrEqual(TOP_UP_MIN_USD)
        expect(usd).toBeLessThanOrEqual(TOP_UP_MAX_USD)
      }),
    )
  })
})

describe('stepAmount', () => {
  it.each([
    ['25', 1, '26'],
    ['25', -5, '20'],
    ['25.5', 1, '26'],
    ['25.5', -1, '25'],
    ['5', -1, '5'],
    ['10000', 1, '10000'],
    ['', 1, '5'],
    ['abc', 5, '5'],
    ['$1,000', 1, '1001'],
  ])('goes from %j by %i to %j', (text, by, next) => {
    expect(stepAmount(text, by, 'en')).toBe(next)
  })

  it('always arrives at an amount that can be bought', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom(1, -1, 5, -5), (text, by) => {
        expect(parseAmount(stepAmount(text, by, 'en'), 'en').state).toBe('ok')
      }),
    )
  })
})

describe('usdToPositive', () => {
  it.each([
    [10, null],
    [0, 10],
    [-4.2, 10],
    [-9.99, 10],
    [-10, 25],
    [-100, 101],
    [-9999, 10_000],
    [-10_000, null],
  ])('of a balance of %d dollars is %s', (balance, usd) => {
    expect(usdToPositive(balance * 1_000_000)).toBe(usd)
  })

  it('is enough, and no preset below it is', () => {
    fc.assert(
      fc.property(fc.integer({ min: -9_999_000_000, max: 0 }), (balance) => {
        const usd = usdToPositive(balance) ?? 0
        expect(balance + usd * 1_000_000).toBeGreaterThan(0)
        const smaller = TOP_UP_PRESETS_USD.filter((preset) => preset < usd)
        expect(smaller.every((preset) => balance + preset * 1_000_000 <= 0)).toBe(true)
      }),
    )
  })
})
