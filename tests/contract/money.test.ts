import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  ANNOUNCED_SLACK_USD_MICROS,
  centsAround,
  centsFromUsdMicros,
  creditsFromUsdMicros,
  isWholeCents,
  sumCredits,
  usdFromUsdMicros,
  usdMicrosForCredits,
  usdMicrosFromCents,
  usdMicrosFromCredits,
  usdMicrosFromUsd,
} from '@comfyui-credits/contract/money'

/** All amounts a billing account can hold, well inside what a number counts exactly. */
const usdMicros = fc.integer({ min: -1e12, max: 1e12 })

describe('units of money', () => {
  it.each([
    [10_000_000, 2110],
    [60_000, 12.66],
    [-4_200_000, -886.2],
    [0, 0],
    [25_000_000, 5275],
  ])('%i micro-USD are %d credits', (micros, credits) => {
    expect(creditsFromUsdMicros(micros)).toBe(credits)
  })

  it('rounds half a hundredth of a credit to the even neighbour', () => {
    // 211 × 5,000 = 1,055,000 millionths of a credit: 1.055 → 1.06 (5 is odd); 211 × 15,000 = 3.165 → 3.16
    expect(creditsFromUsdMicros(5_000)).toBe(1.06)
    expect(creditsFromUsdMicros(15_000)).toBe(3.16)
    expect(creditsFromUsdMicros(-5_000)).toBe(-1.06)
    expect(creditsFromUsdMicros(-15_000)).toBe(-3.16)
  })

  it('a balance of cents on the wire comes back exactly, fractions too', () => {
    fc.assert(
      fc.property(usdMicros, (micros) => {
        expect(usdMicrosFromCents(centsFromUsdMicros(micros))).toBe(micros)
        expect(usdMicrosFromUsd(usdFromUsdMicros(micros))).toBe(micros)
      }),
    )
  })

  it('credits are never more than half a hundredth away from the amount', () => {
    fc.assert(
      fc.property(usdMicros, (micros) => {
        const hundredths = BigInt(Math.round(creditsFromUsdMicros(micros) * 100))
        const distance = hundredths * 10_000n - BigInt(micros) * 211n
        expect(distance <= 5_000n && distance >= -5_000n).toBe(true)
      }),
    )
  })

  it.each([
    [527_500, 1_000_000, 25_000_000],
    [527_501, 1_000_000, 26_000_000],
    [527_500, 10_000, 25_000_000],
    [527_501, 10_000, 25_010_000],
    [527_711, 10_000, 25_010_000],
    [0, 10_000, 0],
  ])('%i hundredths of a credit, by steps of %i, cost %i', (hundredths, step, micros) => {
    expect(usdMicrosForCredits(hundredths, step)).toBe(micros)
  })

  it('what credits cost buys them, and one step less does not', () => {
    const steps = fc.constantFrom(10_000, 1_000_000)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000_000_000 }), steps, (hundredths, step) => {
        const micros = BigInt(usdMicrosForCredits(hundredths, step))
        const wanted = BigInt(hundredths) * 1_000_000n
        expect(micros % BigInt(step)).toBe(0n)
        expect(micros * 21_100n >= wanted).toBe(true)
        expect((micros - BigInt(step)) * 21_100n < wanted).toBe(true)
      }),
    )
  })

  it('an announced price is read back to the same two decimals', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000_000 }), (hundredths) => {
        const credits = hundredths / 100
        expect(creditsFromUsdMicros(usdMicrosFromCredits(credits))).toBe(credits)
      }),
    )
  })

  it('sums announced prices without drift', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_000_000), { maxLength: 50 }), (hundredths) => {
        const total = hundredths.reduce((sum, one) => sum + one, 0)
        expect(sumCredits(hundredths.map((one) => one / 100))).toBe(total / 100)
      }),
    )
  })

  it('an amount is never further from its announced price than the slack', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000_000), (micros) => {
        const announced = usdMicrosFromCredits(creditsFromUsdMicros(micros))
        expect(Math.abs(announced - micros)).toBeLessThanOrEqual(ANNOUNCED_SLACK_USD_MICROS)
      }),
    )
  })

  it.each([
    [97_156, [90_000, 100_000]],
    [60_000, [60_000, 60_000]],
    [60_020, [60_000, 60_000]],
    [59_980, [60_000, 60_000]],
    [0, [0, 0]],
    [-97_156, [-100_000, -90_000]],
  ])('%i micro-USD, announced, lie between the cents %j', (micros, cents) => {
    expect(centsAround(micros, ANNOUNCED_SLACK_USD_MICROS)).toEqual(cents)
  })

  it('distinguishes whole cents from fractions of a cent', () => {
    expect([0, 10_000, -20_000, 10_001].map(isWholeCents)).toEqual([true, true, true, false])
  })
})
