export const FALLBACK_LANGUAGE = 'en'

/**
 * The one of `known` for a BCP 47 tag: of its language, and where there are several in its script and
 * region, else English. So pt reads pt-BR, and zh-HK, where Chinese is written as in Taiwan, zh-TW.
 */
export function closestOf(known: readonly string[], locale: string): string {
  const [language, script, region] = likely(locale)
  const likeness = (tag: string): number => {
    const [ofLanguage, ofScript, ofRegion] = likely(tag)
    if (ofLanguage !== language) return 0
    return 1 + (ofScript === script ? 2 : 0) + (ofRegion === region ? 1 : 0)
  }
  return known.reduce(
    (best, tag) => (likeness(tag) > likeness(best) ? tag : best),
    FALLBACK_LANGUAGE,
  )
}

/** Language, script and region, also those that its people mean without saying. Empty for no tag. */
function likely(tag: string): string[] {
  try {
    return new Intl.Locale(tag).maximize().baseName.split('-')
  } catch {
    return []
  }
}

/** ISO 15924; of the scripts that go from right to left, those that languages of today use. */
const RIGHT_TO_LEFT = /Arab|Hebr|Thaa|Syrc|Nkoo|Adlm/

/** For `dir`. By the script, as Firefox has no `Intl.Locale.getTextInfo` yet. */
export function directionOf(language: string): 'ltr' | 'rtl' {
  return RIGHT_TO_LEFT.test(likely(language)[1] ?? '') ? 'rtl' : 'ltr'
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
