import { readonly, ref, type Plugin, type Ref } from 'vue'
import { createI18n, useI18n } from 'vue-i18n'
import english from '../locales/en/main.json' with { type: 'json' }
import { FALLBACK_LANGUAGE } from './closest-language.ts'
import {
  closestLanguage,
  loaders,
  pluralForm,
  type Messages,
  type PartMessages,
} from './languages.ts'

/** The host merges our files into its own texts, hence the one namespace that nobody else has. */
const NAMESPACE = 'comfyuiCredits'

type Paths<T> = {
  [K in keyof T & string]: T[K] extends string ? K : `${K}.${Paths<T[K]>}`
}[keyof T & string]

/** Every text there is, so that a missing one is a type error. */
export type TextKey = Paths<Messages[typeof NAMESPACE]> | Paths<PartMessages[typeof NAMESPACE]>
export type Translate = (key: TextKey, values?: Record<string, string | number>) => string

interface Texts {
  readonly plugin: Plugin
  /** Of the texts on screen; null until the first of them are there. */
  readonly language: Readonly<Ref<string | null>>
  /** Changes to the language closest to a BCP 47 tag: at once, or when its chunk has come. */
  speak(locale: string): void
}

export function createTexts(): Texts {
  const plugin = createI18n<[Messages], string, false>({
    legacy: false,
    locale: FALLBACK_LANGUAGE,
    fallbackLocale: FALLBACK_LANGUAGE,
    missingWarn: false,
    fallbackWarn: false,
    messages: { [FALLBACK_LANGUAGE]: english },
    pluralRules: Object.fromEntries(
      [FALLBACK_LANGUAGE, ...Object.keys(loaders)].map((language) => [
        language,
        (count: number, forms: number) => pluralForm(language, count, forms),
      ]),
    ),
  })
  const loaded = new Set([FALLBACK_LANGUAGE])
  const language = ref<string | null>(null)
  let wanted = FALLBACK_LANGUAGE

  function show(next: string): void {
    plugin.global.locale.value = next
    language.value = next
  }

  async function load(next: string): Promise<void> {
    try {
      const messages = await loaders[next]?.()
      if (messages) plugin.global.mergeLocaleMessage(next, messages.default)
      loaded.add(next)
      if (wanted === next) show(next)
    } catch (error) {
      // The chunk is gone when the extension was updated under an open page: better English than
      // nothing. The console has the reason.
      reportError(error)
      if (wanted === next) show(FALLBACK_LANGUAGE)
    }
  }

  return {
    plugin,
    language: readonly(language),
    speak(locale) {
      wanted = closestLanguage(locale)
      if (loaded.has(wanted)) show(wanted)
      else void load(wanted)
    },
  }
}

export function useTexts(): Translate {
  const { t } = useI18n({ useScope: 'global' })
  return (key, values = {}) => t(`${NAMESPACE}.${key}`, values)
}

/** One text without values, for where there is no panel. */
export async function textOnce(locale: string, key: TextKey): Promise<string> {
  const language = closestLanguage(locale)
  const loaded = await loaders[language]?.()
  const { global } = createI18n<[Messages], string, false>({
    legacy: false,
    locale: language,
    messages: { [language]: loaded?.default ?? english },
  })
  return global.t(`${NAMESPACE}.${key}`)
}

/** A text that depends on a number: `count` chooses the form, `values` fill it. */
export function usePluralTexts() {
  const { t } = useI18n({ useScope: 'global' })
  return (key: TextKey, count: number, values: Record<string, string | number> = {}): string =>
    t(`${NAMESPACE}.${key}`, values, count)
}
