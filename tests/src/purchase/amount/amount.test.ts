import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  TOP_UP_MAX_USD,
  TOP_UP_MIN_USD,
  TOP_UP_PRESETS_USD,
  TOP_UP_STEPS_USD_MICROS,
} from '@comfyui-credits/contract/top-up-amounts'
import { languages } from '../../../../build/languages.ts'
import { formatCredits, formatUsd } from '../../../../src/i18n/format.ts'
import { closestLanguage } from '../../../../src/i18n/languages.ts'
import {
  fieldText,
  parseAmount,
  stepAmount,
  usdToCover,
  type Unit,
  type Writing,
} from '../../../../src/purchase/amount/amount.ts'
import { texts } from '../../../support/locales.ts'

const { cents, dollars } = TOP_UP_STEPS_USD_MICROS

const writings = new Map<string, Writing>()

/** As its people write, by its texts; by English ones where we have none. Each file is read once. */
function writingIn(locale: string): Writing {
  const known = writings.get(locale)
  if (known) return known
  const file = texts(closestLanguage(locale), 'purchase.json')
  const listed = (unit: Unit) => file.get(`comfyuiCredits.typed.${unit}`)?.split(', ') ?? []
  const writing = { locale, words: { usd: listed('usd'), credits: listed('credits') } }
  writings.set(locale, writing)
  return writing
}

const parse = (unit: Unit, text: string, stepUsdMicros: number = dollars, locale = 'en') =>
  parseAmount({ unit, text }, { ...writingIn(locale), stepUsdMicros })
const ok = (usd: number, roundedUpFrom: number | null = null) => ({
  state: 'ok',
  usdMicros: Math.round(usd * 1_000_000),
  roundedUpFrom,
})

/** Every amount that is sold, by its step. */
const sold = (stepUsdMicros: number) =>
  fc
    .integer({
      min: (TOP_UP_MIN_USD * 1_000_000) / stepUsdMicros,
      max: (TOP_UP_MAX_USD * 1_000_000) / stepUsdMicros,
    })
    .map((steps) => steps * stepUsdMicros)
const locales = fc.constantFrom('en', 'zh', 'de', 'fr', 'de-CH', 'en-IN', 'ar-EG', 'fa', 'bn', 'hi')
const steps = fc.constantFrom(cents, dollars)

describe('dollars that are typed', () => {
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
  ])('are read: %j as %i', (text, usd) => {
    expect(parse('usd', text)).toEqual(ok(usd))
  })

  it.each([
    ['12.5', 12.5],
    ['$1,234.50', 1234.5],
    ['1.234,50', 1234.5],
    ['5.01', 5.01],
    ['9999.99', 9999.99],
  ])('may have cents where cents are sold: %j', (text, usd) => {
    expect(parse('usd', text, cents)).toEqual(ok(usd))
    expect(parse('usd', text, dollars)).toEqual({ state: 'not-whole' })
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
    ['25.00001', 'unreadable'],
    ['0x10', 'unreadable'],
    ['25 or 30', 'unreadable'],
    ['25 30', 'unreadable'],
    ['1000 000', 'unreadable'],
    ['10 $ 30', 'unreadable'],
    ['25.123', 'unreadable'],
    ['25 credits', 'unreadable'],
    ['Infinity', 'unreadable'],
    ['4', 'too-small'],
    ['4.99', 'too-small'],
    ['0', 'too-small'],
    ['10001', 'too-large'],
    ['999999999', 'too-large'],
  ])('that are %j are %s, whatever is sold', (text, state) => {
    expect(parse('usd', text, dollars)).toEqual({ state })
    expect(parse('usd', text, cents)).toEqual({ state })
  })
})

describe('credits that are typed', () => {
  it.each([
    ['5275', 25],
    ['5,275 credits', 25],
    ['5.275,00', 25],
    ['５２７５', 25],
    ['1055', 5],
    ['2110000', 10_000],
  ])('are read: %j as %i dollars', (text, usd) => {
    expect(parse('credits', text)).toEqual(ok(usd))
    expect(parse('credits', text, cents)).toEqual(ok(usd))
  })

  it.each([
    ['5276', 26, 25.01],
    ['5,300.5', 26, 25.13],
    ['1056', 6, 5.01],
    ['2109999.5', 10_000, 10_000],
  ])('that cannot be had just so are rounded up: %j to %d or %d', (text, whole, exact) => {
    const asked = Number(text.replace(',', ''))
    expect(parse('credits', text, dollars)).toEqual(ok(whole, asked))
    expect(parse('credits', text, cents)).toEqual(ok(exact, asked))
  })

  it('are exact to the cent: 211 hundredths each', () => {
    expect(parse('credits', '1057.11', cents)).toEqual(ok(5.01))
    expect(parse('credits', '1057.12', cents)).toEqual(ok(5.02, 1057.12))
  })

  it.each([
    ['', 'empty'],
    ['credits', 'empty'],
    ['$5275', 'unreadable'],
    ['many', 'unreadable'],
    ['5275.001', 'unreadable'],
    ['844', 'too-small'],
    ['2110001', 'too-large'],
    ['999999999', 'too-large'],
  ])('that are %j are %s', (text, state) => {
    expect(parse('credits', text)).toEqual({ state })
  })

  it('are never fewer than asked for, and never a step more than that takes', () => {
    const asked = fc.integer({ min: 105_500, max: 211_000_000 })
    fc.assert(
      fc.property(asked, steps, (hundredths, step) => {
        const amount = parse('credits', String(hundredths / 100), step)
        if (amount.state !== 'ok') throw new Error(amount.state)
        // 1 USD is 21,100 hundredths; in whole numbers, as a float might drift.
        const bought = BigInt(amount.usdMicros) * 21_100n
        const wanted = BigInt(hundredths) * 1_000_000n
        expect(bought >= wanted).toBe(true)
        expect(bought - BigInt(step) * 21_100n < wanted).toBe(true)
        expect(amount.roundedUpFrom).toBe(bought === wanted ? null : hundredths / 100)
      }),
    )
  })
})

describe('an amount in a language of ours', () => {
  it.each([
    ['zh', 'credits', '5275 积分', 25],
    ['zh', 'credits', '５，２７５ 积分', 25],
    ['zh', 'usd', '25 美元', 25],
    ['en', 'usd', '25 Dollars', 25],
    ['en', 'usd', 'US$1,234', 1234],
  ] as const)('is read with its words: %s, %s, %j as %i', (locale, unit, text, usd) => {
    expect(parse(unit, text, dollars, locale)).toEqual(ok(usd))
  })

  const spaces = [' ', '\u00A0', '\u202F', '\u2009', '\u3000', '  ']
  /** Thousands and decimals as people part them anywhere. */
  const parted = fc.oneof(
    fc.constantFrom(['.', ','], [',', '.'], ["'", '.'], ['’', ','], ['٬', '٫'], ['，', '．']),
    fc.tuple(fc.constantFrom(...spaces), fc.constantFrom('.', ',', '。')),
  )
  const digits = fc.constantFrom('0123456789', '０１２３４５６７８９', '٠١٢٣٤٥٦٧٨٩', '۰۱۲۳۴۵۶۷۸۹')
  const ourLanguage = fc.constantFrom(...languages())

  it('is the same whatever its digits are and however it is parted', () => {
    fc.assert(
      fc.property(sold(cents), parted, digits, ourLanguage, (usdMicros, signs, script, locale) => {
        const [group = '', decimal = ''] = signs
        const [whole = '', fraction = ''] = (usdMicros / 1_000_000).toFixed(2).split('.')
        const text = [whole.replaceAll(/\B(?=(?:\d{3})+$)/g, group), fraction]
          .join(decimal)
          .replaceAll(/\d/g, (digit) => script[Number(digit)] ?? '')
        expect(parse('usd', text, cents, locale)).toMatchObject({ state: 'ok', usdMicros })
      }),
    )
  })

  it('is read as the panel writes it, with its words and the marks of a direction', () => {
    fc.assert(
      fc.property(sold(cents), ourLanguage, fc.nat(), (usdMicros, locale, choice) => {
        const { words } = writingIn(locale)
        const isolated = (text: string) => `\u2068${text}\u2069`
        const usd = formatUsd(usdMicros / 1_000_000, locale)
        expect(parse('usd', isolated(usd), cents, locale)).toEqual(ok(usdMicros / 1_000_000))
        const credits = formatCredits((usdMicros * 211) / 1_000_000, locale)
        const word = words.credits[choice % words.credits.length] ?? ''
        for (const text of [
          `${isolated(credits)} ${word}`,
          `${word.toLocaleUpperCase(locale)} ${credits}`,
        ])
          expect(parse('credits', text, cents, locale)).toEqual(ok(usdMicros / 1_000_000))
      }),
    )
  })

  it.each(languages())('has thousands of one separator by its own rule: %s', (locale) => {
    for (const usd of [1234, 9999]) {
      expect(parse('usd', new Intl.NumberFormat(locale).format(usd), dollars, locale)).toEqual(
        ok(usd),
      )
      expect(parse('usd', String(usd), dollars, locale)).toEqual(ok(usd))
    }
  })
})

describe('the two fields', () => {
  it('follow each other exactly, by any step, in any language', () => {
    const amounts = steps.chain((step) => fc.tuple(fc.constant(step), sold(step)))
    fc.assert(
      fc.property(amounts, locales, ([step, usdMicros], locale) => {
        const exactly = { state: 'ok', usdMicros, roundedUpFrom: null }
        for (const unit of ['usd', 'credits'] as const) {
          expect(parse(unit, fieldText(usdMicros, unit, locale), step, locale)).toEqual(exactly)
        }
      }),
    )
  })

  it.each([
    [25_000_000, '25', '5,275'],
    [10_000_000_000, '10,000', '2,110,000'],
    [25_130_000, '25.13', '5,302.43'],
    [25_500_000, '25.50', '5,380.50'],
  ])('say %i micro-USD as %s and %s', (usdMicros, usd, credits) => {
    expect(fieldText(usdMicros, 'usd', 'en')).toBe(usd)
    expect(fieldText(usdMicros, 'credits', 'en')).toBe(credits)
  })

  it('never sell anything but what the step allows, within the bounds', () => {
    const text = fc.oneof(fc.string(), fc.float().map(String))
    const units = fc.constantFrom<Unit>('usd', 'credits')
    fc.assert(
      fc.property(text, units, steps, (typed, unit, step) => {
        const amount = parse(unit, typed, step)
        if (amount.state !== 'ok') return
        expect(amount.usdMicros % step).toBe(0)
        expect(amount.usdMicros).toBeGreaterThanOrEqual(TOP_UP_MIN_USD * 1_000_000)
        expect(amount.usdMicros).toBeLessThanOrEqual(TOP_UP_MAX_USD * 1_000_000)
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
    ['10000', 1, '10,000'],
    ['', 1, '5'],
    ['abc', 5, '5'],
    ['$1,000', 1, '1,001'],
  ])('goes from %j by %i to %j', (text, by, next) => {
    expect(stepAmount({ unit: 'usd', text }, by, writingIn('en'))).toBe(next)
  })

  it.each([
    ['5275', 1, '5,486'],
    ['5300', 1, '5,486'],
    ['5300', -1, '5,275'],
    ['', 5, '1,055'],
    ['2110000', 1, '2,110,000'],
  ])('goes by whole dollars in credits too: from %j by %i to %j', (text, by, next) => {
    expect(stepAmount({ unit: 'credits', text }, by, writingIn('en'))).toBe(next)
  })

  it('always arrives at an amount that can be bought', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.constantFrom(1, -1, 5, -5),
        fc.constantFrom<Unit>('usd', 'credits'),
        (text, by, unit) => {
          const next = parse(unit, stepAmount({ unit, text }, by, writingIn('en')))
          expect(next).toMatchObject({ state: 'ok', roundedUpFrom: null })
        },
      ),
    )
  })
})

describe('usdToCover', () => {
  it.each([
    [10, 0, null],
    [0, 0, 10],
    [-4.2, 0, 10],
    [-9.99, 0, 10],
    [-10, 0, 25],
    [-100, 0, 101],
    [-9999, 0, 10_000],
    [-10_000, 0, null],
    [3, 2, null],
    [2, 2, null],
    [0, 10, 10],
    [-0.5, 10, 25],
    [1, 130, 129],
  ])('of a balance of %d and a cost of %d dollars is %s', (balance, cost, usd) => {
    expect(usdToCover(balance * 1_000_000, cost * 1_000_000)).toBe(usd)
  })

  it('is enough, and no preset below it is', () => {
    const balances = fc.integer({ min: -4_999_000_000, max: 5_000_000_000 })
    const costs = fc.integer({ min: 0, max: 5_000_000_000 })
    fc.assert(
      fc.property(balances, costs, (balance, cost) => {
        const isEnough = (usd: number) =>
          balance + usd * 1_000_000 >= cost && balance + usd * 1_000_000 > 0
        const usd = usdToCover(balance, cost)
        expect(isEnough(usd ?? 0)).toBe(true)
        if (usd === null) return
        expect(TOP_UP_PRESETS_USD.filter((preset) => preset < usd).some(isEnough)).toBe(false)
        expect(isEnough(usd - 1) && !TOP_UP_PRESETS_USD.some((preset) => preset === usd)).toBe(
          false,
        )
      }),
    )
  })
})
