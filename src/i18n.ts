import { createI18n, useI18n } from 'vue-i18n'
import english from '../locales/en/main.json' with { type: 'json' }

/**
 * The files are ComfyUI's convention for a custom node (`locales/<language>/main.json`): the host
 * merges them into its own texts, hence the one namespace that nobody else has.
 */
const NAMESPACE = 'comfyuiCredits'

type Texts = (typeof english)[typeof NAMESPACE]
type Paths<T> = {
  [K in keyof T & string]: T[K] extends string ? K : `${K}.${Paths<T[K]>}`
}[keyof T & string]

/** Every text there is, so that a missing one is a type error. */
export type TextKey = Paths<Texts>
export type Translate = (key: TextKey, values?: Record<string, string | number>) => string

export function createTexts(locale: string) {
  return createI18n<[typeof english], string, false>({
    legacy: false,
    locale,
    fallbackLocale: 'en',
    missingWarn: false,
    fallbackWarn: false,
    messages: { en: english },
  })
}

export function useTexts(): Translate {
  const { t } = useI18n({ useScope: 'global' })
  return (key, values = {}) => t(`${NAMESPACE}.${key}`, values)
}

/** One text, for where there is no panel. */
export function textOnce(locale: string, key: TextKey): string {
  return createTexts(locale).global.t(`${NAMESPACE}.${key}`)
}

/** A text that depends on a number: `count` chooses the form, `values` fill it. */
export function usePluralTexts() {
  const { t } = useI18n({ useScope: 'global' })
  return (key: TextKey, count: number, values: Record<string, string | number> = {}): string =>
    t(`${NAMESPACE}.${key}`, values, count)
}
