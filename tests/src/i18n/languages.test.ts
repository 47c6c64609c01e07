import { describe, expect, it } from 'vitest'
import { directionOf, formatLocale } from '../../../src/i18n/closest-language.ts'
import { closestLanguage, pluralForm } from '../../../src/i18n/languages.ts'

describe('the language of the texts', () => {
  it.each([
    ['en', 'en'],
    ['en-GB', 'en'],
    ['zh', 'zh'],
    ['zh-TW', 'zh'],
    ['zh-Hant-HK', 'zh'],
    ['ZH-cn', 'zh'],
    ['de', 'en'],
    ['zhx', 'en'],
    ['', 'en'],
    ['not a language', 'en'],
  ])('for %s is %s', (locale, language) => {
    expect(closestLanguage(locale)).toBe(language)
  })
})

describe('the direction', () => {
  it.each([
    ['en', 'ltr'],
    ['zh', 'ltr'],
    ['ar', 'rtl'],
    ['fa', 'rtl'],
    ['he', 'rtl'],
    ['uz-Arab', 'rtl'],
    ['uz', 'ltr'],
  ])('of %s is %s', (language, direction) => {
    expect(directionOf(language)).toBe(direction)
  })
})

describe('the form of a text that a number takes', () => {
  it('is the language’s own', () => {
    expect([0, 1, 2, 5].map((count) => pluralForm('en', count, 2))).toEqual([1, 0, 1, 1])
    expect([0, 1, 2].map((count) => pluralForm('zh', count, 1))).toEqual([0, 0, 0])
    expect([1, 2, 5, 22].map((count) => pluralForm('ru', count, 4))).toEqual([0, 1, 2, 1])
    expect([0, 1, 2, 3, 11, 100].map((count) => pluralForm('ar', count, 6))).toEqual([
      0, 1, 2, 3, 4, 5,
    ])
  })

  it('is the last one where a text has fewer', () => {
    expect(pluralForm('ru', 5, 1)).toBe(0)
  })
})

it.each([
  ['ar-EG', 'en', 'en'],
  ['en-GB', 'en', 'en-GB'],
  ['zh-TW', 'zh', 'zh-TW'],
  ['de', 'zh', 'zh'],
  ['fr', null, 'en'],
  ['en-GB', null, 'en-GB'],
])('a %s browser with %s texts has its figures and dates in %s', (host, texts, locale) => {
  expect(formatLocale(host, texts)).toBe(locale)
})
