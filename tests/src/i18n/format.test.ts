import { describe, expect, it } from 'vitest'
import {
  formatAge,
  formatCredits,
  formatMoment,
  formatSignedCredits,
  formatUsd,
  supportedLocale,
} from '../../../src/i18n/format.ts'

describe('figures', () => {
  it('have two decimals, or none when whole', () => {
    expect(formatCredits(2110, 'en')).toBe('2,110')
    expect(formatCredits(12.5, 'en')).toBe('12.50')
    expect(formatCredits(-886.2, 'en')).toBe('-886.20')
  })

  it('are written as the language does', () => {
    expect(formatCredits(2110.5, 'de')).toBe('2.110,50')
  })

  it('carry a sign where they are a change', () => {
    expect(formatSignedCredits(5275, 'en')).toBe('+5,275')
    expect(formatSignedCredits(-12.66, 'en')).toBe('-12.66')
    expect(formatSignedCredits(0, 'en')).toBe('0')
  })

  it('show dollars with cents, or without where asked and whole', () => {
    expect(formatUsd(10, 'en')).toBe('$10.00')
    expect(formatUsd(10, 'en', { whole: true })).toBe('$10')
    expect(formatUsd(-4.2, 'en')).toBe('-$4.20')
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
