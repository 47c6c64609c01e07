import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TOP_UP_MAX_USD, TOP_UP_MIN_USD } from '../../../contract/limits.ts'
import { parseAmount, stepAmount } from '../../../src/purchase/amount.ts'

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
  ])('reads %j as %i dollars', (text, usd) => {
    expect(parseAmount(text)).toEqual({ state: 'ok', usdMicros: usd * 1_000_000 })
  })

  it.each([
    ['', 'empty'],
    ['   ', 'empty'],
    ['$', 'empty'],
    ['abc', 'unreadable'],
    ['1e3', 'unreadable'],
    ['-5', 'unreadable'],
    ['+5', 'unreadable'],
    ['1,0', 'unreadable'],
    ['1.2.3', 'unreadable'],
    ['25.001', 'unreadable'],
    ['0x10', 'unreadable'],
    ['٢٥', 'unreadable'],
    ['Infinity', 'unreadable'],
    ['4', 'too-small'],
    ['4.99', 'too-small'],
    ['0', 'too-small'],
    ['10001', 'too-large'],
    ['999999999', 'too-large'],
    ['12.5', 'not-whole'],
  ])('calls %j %s', (text, state) => {
    expect(parseAmount(text)).toEqual({ state })
  })

  it('never sells anything but whole dollars within the bounds', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.float().map(String)), (text) => {
        const amount = parseAmount(text)
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
    expect(stepAmount(text, by)).toBe(next)
  })

  it('always arrives at an amount that can be bought', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom(1, -1, 5, -5), (text, by) => {
        expect(parseAmount(stepAmount(text, by)).state).toBe('ok')
      }),
    )
  })
})
