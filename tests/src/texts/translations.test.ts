import { describe, expect, it } from 'vitest'
import { languages } from '../../../build/languages.ts'
import { LONG_BUTTONS, NAMES, SAME_AS_ENGLISH } from './support/allowed.ts'
import { allTexts, holes } from '../../support/locales.ts'
import { buttonLiterals } from './support/sources.ts'

const english = allTexts('en')
const translated = languages().filter((language) => language !== 'en')

/** The keys of texts of `language` for which `isWrong`, with the text. */
function wrong(
  language: string,
  isWrong: (text: string, inEnglish: string, key: string) => boolean,
): string[] {
  return [...allTexts(language)].flatMap(([key, text]) =>
    isWrong(text, english.get(key) ?? '', key) ? `${language}/${key}: ${text}` : [],
  )
}

/** Without names and holes, which are the same in every language. */
const ownWords = (text: string) => text.replaceAll(NAMES, '')

/** The letters that a language is written in. */
const SCRIPTS: Readonly<Record<string, RegExp>> = {
  Arab: /[\p{sc=Arab}\u200C]/gu,
  Cyrl: /\p{sc=Cyrl}/gu,
  Hans: /\p{sc=Han}/gu,
  Hant: /\p{sc=Han}/gu,
  Hebr: /\p{sc=Hebr}/gu,
  Jpan: /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}ー]/gu,
  Kore: /\p{sc=Hang}/gu,
  Latn: /\p{sc=Latn}/gu,
}

function scriptOf(language: string): RegExp {
  const { script = '' } = new Intl.Locale(language).maximize()
  const letters = SCRIPTS[script]
  if (!letters) throw new Error(`The letters of ${script}, for ${language}, are not known here.`)
  return letters
}

/** Letters that look like those of a language and are its neighbour's. */
const NEIGHBOURS: Readonly<Record<string, RegExp>> = { ar: /[یکگپچژ]/u, fa: /[يكىة]/u }

const literals = buttonLiterals().filter(({ text }) => text !== '')
const isButton = (key: string) =>
  literals.some(({ text, open }) => {
    const ofPanel = `comfyuiCredits.${text}`
    // Of a group, only some are on buttons, and those are short.
    return open ? key.startsWith(ofPanel) && (english.get(key)?.length ?? 0) < 24 : key === ofPanel
  }) || key.endsWith('.label')

const LONGER = 1.6
/** Every button has room for that much. */
const SHORT = 12

const lengthOf = (text: string) => Math.max(...text.split(' | ').map((form) => [...form].length))
const isLong = (text: string, inEnglish: string) =>
  lengthOf(text) > Math.max(SHORT, LONGER * lengthOf(inEnglish))
interface Category {
  /** How many numbers up to a thousand fall in it. */
  readonly numbers: number
  readonly hasZero: boolean
}

/** In the order of a text's forms. */
function categoriesOf(language: string): Category[] {
  const rules = new Intl.PluralRules(language)
  const chosen = Array.from({ length: 1001 }, (_, count) => rules.select(count))
  const { pluralCategories } = rules.resolvedOptions()
  return (['zero', 'one', 'two', 'few', 'many', 'other'] as const)
    .filter((category) => pluralCategories.includes(category))
    .map((category) => ({
      numbers: chosen.filter((one) => one === category).length,
      hasZero: chosen[0] === category,
    }))
}

/** Whether a form has all that English has for several of it. */
function saysAll(form: string, { numbers, hasZero }: Category, inEnglish: string): boolean {
  const [ofOne = '', ofMany = ''] = inEnglish.split(' | ')
  const forOne = holes(ofOne).length < holes(ofMany).length
  // Where English leaves the number out for one, there is never none.
  const isOneNumber = numbers - (forOne && hasZero ? 1 : 0) === 1
  return isOneNumber || holes(form).join() === holes(ofMany).join()
}

it('the names of the folders are those of languages', () => {
  expect(Intl.getCanonicalLocales(languages())).toEqual(languages())
})

it('the buttons are found', () => {
  const found = [...english.keys()].filter(isButton)
  expect(found).toEqual(
    expect.arrayContaining([
      'comfyuiCredits.buy.buy',
      'comfyuiCredits.tabs.overview',
      'ComfyUICredits_Buy.label',
    ]),
  )
  expect(found.length).toBeGreaterThan(50)
})

it.each(languages())('%s has one name for buying credits', (language) => {
  const texts = allTexts(language)
  const keys = ['ComfyUICredits_Buy.label', 'buy.title', 'guard.buy']
  const names = keys.map((key) => texts.get(key) ?? texts.get(`comfyuiCredits.${key}`))
  expect(new Set(names.map((name) => name?.toLowerCase())).size).toBe(1)
})

it.each(languages())('%s has no price and no rate in its texts', (language) => {
  expect(wrong(language, (text) => /211|[$€]\s?\d|\d\s?[$€]/.test(text))).toEqual([])
})

it.each(languages())('%s has quotes, dots and spaces as they are printed', (language) => {
  // A brace with quotes is how vue-i18n writes a sign that it would else read itself.
  const typed = /["'`]|\.\.\.|\s{2}(?!\|)|^\s|\s$|[\u200B\u200E\u200F\u202A-\u202E\u2066-\u2069]/u
  expect(wrong(language, (text) => typed.test(text.replaceAll(/\{'.'\}/g, '')))).toEqual([])
})

describe.each(translated)('%s', (language) => {
  it('says nothing in English', () => {
    const same = wrong(
      language,
      (text, inEnglish) =>
        text === inEnglish &&
        /\p{L}/u.test(ownWords(text)) &&
        !SAME_AS_ENGLISH[language]?.includes(text),
    )
    expect(same).toEqual([])
  })

  it('has no button much longer than the English, but those that were looked at', () => {
    const long = wrong(
      language,
      (text, inEnglish, key) =>
        isButton(key) && isLong(text, inEnglish) && !(`${language}/${key}` in LONG_BUTTONS),
    )
    expect(long).toEqual([])
  })

  it('is in the letters of its own script', () => {
    const own = scriptOf(language)
    const isMixed = (text: string, _: string, key: string) =>
      /\p{L}/u.test(ownWords(text).replaceAll(own, '')) && !/\.typed\./.test(key)
    expect(wrong(language, isMixed)).toEqual([])
    const neighbours = NEIGHBOURS[language]
    expect(wrong(language, (text) => neighbours?.test(text) ?? false)).toEqual([])
  })

  it('names the number in every form that is for several numbers', () => {
    const categories = categoriesOf(language)
    const unnamed = wrong(language, (text, inEnglish) => {
      const forms = text.split(' | ')
      return (
        inEnglish.includes(' | ') &&
        !categories.every((category, index) => saysAll(forms[index] ?? '', category, inEnglish))
      )
    })
    expect(unnamed).toEqual([])
  })
})

it('no exception outlives its reason', () => {
  const same = Object.entries(SAME_AS_ENGLISH).flatMap(([language, words]) => {
    const own = allTexts(language)
    const those = new Set(
      [...own].flatMap(([key, text]) => (english.get(key) === text ? text : [])),
    )
    return words.filter((word) => !those.has(word))
  })
  const long = Object.keys(LONG_BUTTONS).filter((entry) => {
    const [language = '', key = ''] = entry.split('/')
    return !isLong(allTexts(language).get(key) ?? '', english.get(key) ?? '')
  })
  expect([...same, ...long]).toEqual([])
})
