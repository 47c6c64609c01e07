import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { shownCreditsFromUsdMicros } from '@comfyui-credits/contract/money'
import {
  formatColumnDay,
  formatHour,
  formatPeriod,
  formatShare,
  isDollarBehind,
} from '../../../src/i18n/format-period.ts'
import {
  formatAge,
  formatCredits,
  formatExactCredits,
  formatExactUsd,
  formatMoment,
  formatSignedCredits,
  formatUsd,
  supportedLocale,
} from '../../../src/i18n/format.ts'

/** What gives a text of its own its direction. */
const firstStrong = (text: string): string | undefined =>
  /[\u200E\u200F\p{L}]/u.exec(text.replaceAll(/\u2067.*\u2069/gu, ''))?.[0]

describe('figures', () => {
  it('have two decimals, or none when whole', () => {
    expect(formatCredits(2110, 'en')).toBe('2,110')
    expect(formatCredits(12.5, 'en')).toBe('12.50')
    expect(formatCredits(-886.2, 'en')).toBe('\u2212886.20')
  })

  it('are written as the language does', () => {
    expect(formatCredits(2110.5, 'de')).toBe('2.110,50')
  })

  it('end their dollars with a mark where a sign would else change sides with its letters', () => {
    expect(formatUsd(25, 'ar', { whole: true })).toMatch(/US\$\u200E$/)
    expect(formatExactUsd(0.000001, 'ar')).toMatch(/US\$\u200E$/)
    for (const locale of ['en', 'de', 'fa', 'he'])
      expect(formatUsd(25, locale)).not.toMatch(/\u200E$/)
  })

  it('have their dollars on one side, below zero or not', () => {
    expect(formatUsd(-4.2, 'ar')).toBe('\u200F\u2066\u22124.20\u2069\u00A0US$\u200E')
    expect(formatUsd(-4.2, 'he')).toBe('\u200F\u2066\u22124.20\u2069\u00A0\u200F$')
  })

  it('carry a sign where they are a change', () => {
    expect(formatSignedCredits(5275, 'en')).toBe('+5,275')
    expect(formatSignedCredits(-12.66, 'en')).toBe('\u221212.66')
    expect(formatSignedCredits(0, 'en')).toBe('0')
  })

  it('show dollars with cents, or without where asked and whole', () => {
    expect(formatUsd(10, 'en')).toBe('$10.00')
    expect(formatUsd(10, 'en', { whole: true })).toBe('$10')
    expect(formatUsd(-4.2, 'en')).toBe('\u2212$4.20')
  })
})

describe('figures too small for two decimals', () => {
  it('have their sign at the left, where it moves no digits, in languages from right to left too', () => {
    for (const locale of ['en', 'ar', 'fa', 'he']) {
      expect(firstStrong(formatUsd(0.001, locale))).not.toBe('\u200F')
      expect(formatUsd(0.001, locale)).toMatch(/^\u200E?< /)
      expect(formatUsd(-0.001, locale)).toMatch(/^\u200E?> /)
    }
    // The amount itself stays as the language writes it.
    expect(formatUsd(0.001, 'ar')).toContain(`\u2067${formatUsd(0.01, 'ar')}\u2069`)
  })

  it('are never nothing: a charge of 10 micro-USD is not 0', () => {
    expect(formatCredits(0.00211, 'en')).toBe('< 0.01')
    expect(formatCredits(0.00211, 'de')).toBe('< 0,01')
    expect(formatCredits(-0.00211, 'en')).toBe('> \u22120.01')
    expect(formatCredits(0.005, 'en')).toBe('0.01')
    expect(formatSignedCredits(-0.00211, 'en')).toBe('< 0.01')
    expect(formatSignedCredits(0.00211, 'en')).toBe('+< 0.01')
    expect(formatUsd(0.00001, 'en')).toBe('< $0.01')
    expect(formatUsd(-0.00001, 'en')).toBe('> \u2212$0.01')
    expect(formatUsd(0.00001, 'en', { whole: true })).toBe('< $0.01')
    expect(formatShare(0.0001, 'en')).toBe('< 0.1%')
    expect(formatShare(0.9999, 'en')).toBe('> 99.9%')
  })

  it.each([
    ['en', false],
    ['ja', false],
    ['pt-BR', false],
    ['de', true],
    ['ru', true],
    ['ar', true],
    ['he', true],
    ['fa', true],
  ])('have their dollar sign behind them, as %s is read: %s', (locale, isBehind) => {
    expect(isDollarBehind(locale)).toBe(isBehind)
  })

  it('are exact where the exact value is asked for', () => {
    expect(formatExactCredits(0.00211, 'en')).toBe('0.00211')
    expect(formatExactUsd(-0.00001, 'en')).toBe('\u2212$0.00001')
  })

  it('never show a minus before nothing, in any language and for any amount', () => {
    for (const locale of ['en', 'de', 'ar', 'fa', 'he', 'zh', 'fr', 'sv']) {
      for (const zero of [0, -0]) {
        expect(formatCredits(zero, locale)).toBe(formatCredits(0, locale))
        expect(formatUsd(zero, locale)).toBe(formatUsd(0, locale))
        expect(formatSignedCredits(zero, locale)).toBe(formatCredits(0, locale))
        expect(formatExactCredits(zero, locale)).toBe(formatCredits(0, locale))
      }
      const minusNothing = /^\P{Nd}*[-−]\P{Nd}*\p{Nd}$|[-−]\P{Nd}*0[.,]00$/u
      fc.assert(
        fc.property(fc.integer({ min: -60, max: 60 }), (usdMicros) => {
          const credits = shownCreditsFromUsdMicros(usdMicros)
          const texts = [
            formatCredits(credits, locale),
            formatUsd(usdMicros / 1_000_000, locale),
            formatSignedCredits(credits, locale),
          ]
          for (const text of texts) expect(text).not.toMatch(minusNothing)
          expect(texts.includes(formatCredits(0, locale))).toBe(usdMicros === 0)
        }),
      )
    }
  })
})

describe('times', () => {
  it.each([
    [59_999, null],
    [60_000, '1 min. ago'],
    [59 * 60_000, '59 min. ago'],
    [3_600_000, '1 hr. ago'],
    [3 * 86_400_000, '3 days ago'],
  ])('of %i ms ago are %j', (ageMs, words) => {
    expect(formatAge(ageMs, 'en')).toBe(words)
  })

  it('name the year only when it is another one', () => {
    const at = new Date(2026, 4, 3, 12, 30).getTime()
    expect(formatMoment(at, new Date(2026, 10, 1).getTime(), 'en')).toMatch(/^May 3, 12:30/)
    expect(formatMoment(at, new Date(2027, 0, 1).getTime(), 'en')).toMatch(/^May 3, 2026, 12:30/)
  })
})

/** All that ComfyUI has. */
const LOCALES = 'ar de en es fa fr he it ja ko pt-BR ru tr zh zh-TW'.split(' ')

describe('a column of a chart', () => {
  it.each(LOCALES)('has in its name what stands below it, in %s', (locale) => {
    for (let hour = 0; hour < 24; hour += 1) {
      const at = new Date(2026, 10, 29, hour).getTime()
      expect(formatPeriod(at, 'hour', locale)).toContain(formatHour(at, locale))
    }
    for (let day = 1; day <= 30; day += 1) {
      const at = new Date(2026, 10, day).getTime()
      expect(formatPeriod(at, 'day', locale)).toContain(formatColumnDay(at, false, locale))
    }
  })
})

describe('supportedLocale', () => {
  it.each([
    ['en', 'en'],
    ['zh-TW', 'zh-TW'],
    ['pt-BR', 'pt-BR'],
    ['not a language', 'en'],
    ['', 'en'],
    ['tlh', 'en'],
  ])('makes %j %s', (tag, locale) => {
    expect(supportedLocale(tag)).toBe(locale)
  })
})
