export const FALLBACK_LANGUAGE = 'en'

/**
 * The one of `known` for a BCP 47 tag: the tag itself, or what is left of it from the right, else
 * English. So zh-TW reads zh until it has a file of its own, as with the host's vue-i18n.
 */
export function closestOf(known: readonly string[], locale: string): string {
  const parts = locale.toLowerCase().split('-')
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

/**
 * The locale that goes with texts in `language`: the host's own where it is of that language, so that
 * en-GB keeps its dates, else the language itself. Arabic digits and months do not go into an
 * English sentence. `language` null: no text is on screen yet.
 */
export function formatLocale(hostLocale: string, language: string | null): string {
  const texts = language ?? FALLBACK_LANGUAGE
  const isSame = new Intl.Locale(hostLocale).language === new Intl.Locale(texts).language
  return isSame ? hostLocale : texts
}
