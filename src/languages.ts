import type english from '../locales/en/main.json'

/**
 * The languages of the panel beside English, which comes with it: it is the fallback, and 3 kB. The
 * others are chunks of their own. The files are ComfyUI's convention for a custom node
 * (`locales/<language>/main.json`).
 */
export const loaders: Readonly<Record<string, () => Promise<{ readonly default: Messages }>>> = {
  zh: () => import('../locales/zh/main.json'),
}

export type Messages = typeof english

export const FALLBACK_LANGUAGE = 'en'

/**
 * The language we have for a BCP 47 tag: the tag itself, or what is left of it from the right. So
 * zh-TW reads zh until it has a file of its own, as with the host's vue-i18n. Else English.
 */
export function closestLanguage(locale: string): string {
  const parts = locale.toLowerCase().split('-')
  const known = [FALLBACK_LANGUAGE, ...Object.keys(loaders)]
  while (parts.length > 0) {
    const tag = parts.join('-')
    const found = known.find((language) => language.toLowerCase() === tag)
    if (found !== undefined) return found
    parts.pop()
  }
  return FALLBACK_LANGUAGE
}

/** ISO 15924; of the scripts that go from right to left, those that languages of today use. */
const RIGHT_TO_LEFT = new Set(['Arab', 'Hebr', 'Thaa', 'Syrc', 'Nkoo', 'Adlm'])

/** For `dir`. By the script, as Firefox has no `Intl.Locale.getTextInfo` yet. */
export function directionOf(language: string): 'ltr' | 'rtl' {
  const { script } = new Intl.Locale(language).maximize()
  return script !== undefined && RIGHT_TO_LEFT.has(script) ? 'rtl' : 'ltr'
}

/** CLDR's order: the forms of a text, parted by `|`, are those that its language has of these. */
const PLURAL_ORDER: readonly Intl.LDMLPluralRule[] = ['zero', 'one', 'two', 'few', 'many', 'other']

/** Which of a text's forms a number takes, from 0. A text with fewer forms ends with its last. */
export function pluralForm(language: string, count: number, forms: number): number {
  const rules = new Intl.PluralRules(language)
  const categories = PLURAL_ORDER.filter((category) =>
    rules.resolvedOptions().pluralCategories.includes(category),
  )
  return Math.min(categories.indexOf(rules.select(count)), forms - 1)
}
