import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { closestOf, directionOf, formatLocale } from '../../../src/i18n/closest-language.ts'
import { closestLanguage, languages, loadTexts, pluralForm } from '../../../src/i18n/languages.ts'

describe('the language of the texts', () => {
  const known = ['ar', 'en', 'he', 'pt-BR', 'zh', 'zh-TW']
  it.each([
    ['en', 'en'],
    ['en-GB', 'en'],
    ['zh', 'zh'],
    ['zh-SG', 'zh'],
    ['zh-Hans-HK', 'zh'],
    ['ZH-cn', 'zh'],
    ['zh-TW', 'zh-TW'],
    ['zh-tw', 'zh-TW'],
    ['zh-HK', 'zh-TW'],
    ['zh-Hant', 'zh-TW'],
    ['zh-Hant-HK', 'zh-TW'],
    ['pt', 'pt-BR'],
    ['pt-PT', 'pt-BR'],
    ['ar-EG', 'ar'],
    ['iw', 'he'],
    ['bn', 'en'],
    ['zhx', 'en'],
    ['', 'en'],
    ['not a language', 'en'],
  ])('for %s is %s', (locale, language) => {
    expect(closestOf(known, locale)).toBe(language)
  })

  it('is one that locales/ has a folder of', () => {
    expect(languages).toEqual(
      readdirSync('locales')
        .filter((name) => !name.includes('.'))
        .sort(),
    )
    expect(languages.map(closestLanguage)).toEqual(languages)
  })

  it('is loaded whole, whichever it is', async () => {
    const loaded = languages.flatMap((language) =>
      (['main', 'history', 'overview', 'purchase'] as const).map((file) =>
        loadTexts(language, file),
      ),
    )
    for (const texts of await Promise.all(loaded)) expect(texts).toHaveProperty('comfyuiCredits')
    await expect(loadTexts('bn', 'main')).rejects.toThrow('locales/bn has no main.json')
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
