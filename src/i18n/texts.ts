import { inject, readonly, ref, type InjectionKey, type Plugin, type Ref } from 'vue'
import { createI18n, useI18n, type Composer } from 'vue-i18n'
import english from '../../locales/en/main.json' with { type: 'json' }
import { FALLBACK_LANGUAGE } from './closest-language.ts'
import { isolate } from './isolate.ts'
import {
  closestLanguage,
  languages,
  loadTexts,
  pluralForm,
  type Messages,
  type PartMessages,
  type TextFile,
  type TextPart,
} from './languages.ts'

/** The host merges our files into its own texts, hence the one namespace that nobody else has. */
const NAMESPACE = 'comfyuiCredits'

type Paths<T> = T extends unknown
  ? { [K in keyof T & string]: T[K] extends string ? K : `${K}.${Paths<T[K]>}` }[keyof T & string]
  : never

/** Every text there is, so that a missing one is a type error. */
export type TextKey = Paths<(Messages | PartMessages[keyof PartMessages])[typeof NAMESPACE]>
export type Translate = (key: TextKey, values?: Record<string, string | number>) => string

export type TextPartState = 'loading' | 'ready' | 'failed'

interface Texts {
  readonly plugin: Plugin
  /** Of the texts on screen; null until the first of them are there. */
  readonly language: Readonly<Ref<string | null>>
  /** Changes to the language closest to a BCP 47 tag: at once, or when its chunks have come. */
  speak(locale: string): void
  /** Loads the texts of a part, and from now on with every language. Rejects without the English. */
  add(part: TextPart): Promise<void>
}

const textsKey: InjectionKey<Texts> = Symbol('texts')

export function createTexts(): Texts {
  const plugin = createI18n<[Messages], string, false>({
    legacy: false,
    locale: FALLBACK_LANGUAGE,
    fallbackLocale: FALLBACK_LANGUAGE,
    missingWarn: false,
    fallbackWarn: false,
    messages: { [FALLBACK_LANGUAGE]: english },
    pluralRules: Object.fromEntries(
      languages.map((language) => [language, pluralForm.bind(null, language)]),
    ),
  })
  const { missing, load, parts } = createFiles(plugin.global)
  const language = ref<string | null>(null)
  let wanted = FALLBACK_LANGUAGE

  function show(next: string): void {
    plugin.global.locale.value = next
    language.value = next
  }

  async function change(next: string): Promise<void> {
    try {
      await load(next, missing(next))
      // A part that was added meanwhile is loaded by its own change, which shows them together.
      if (wanted === next && missing(next).length === 0) show(next)
    } catch (error) {
      // The chunk is gone when the extension was updated under an open page: better English than
      // nothing. The console has the reason.
      reportError(error)
      if (wanted === next) show(FALLBACK_LANGUAGE)
    }
  }

  const texts: Texts = {
    plugin: {
      install(app) {
        app.use(plugin)
        app.provide(textsKey, texts)
      },
    },
    language: readonly(language),
    speak(locale) {
      wanted = closestLanguage(locale)
      if (missing(wanted).length === 0) show(wanted)
      else void change(wanted)
    },
    async add(part) {
      parts.add(part)
      const inEnglish = load(FALLBACK_LANGUAGE, [part])
      if (wanted !== FALLBACK_LANGUAGE) await change(wanted)
      await inEnglish
    },
  }
  return texts
}

/** Which files of which language are there, and how to get the others. */
function createFiles(global: Pick<Composer, 'mergeLocaleMessage'>) {
  const parts = new Set<TextPart>()
  const here = new Set([`${FALLBACK_LANGUAGE}/main`])

  function missing(language: string): TextFile[] {
    return (['main', ...parts] as const).filter((file) => !here.has(`${language}/${file}`))
  }

  async function load(language: string, files: readonly TextFile[]): Promise<void> {
    await Promise.all(
      files.map(async (file) => {
        global.mergeLocaleMessage(language, await loadTexts(language, file))
        here.add(`${language}/${file}`)
      }),
    )
  }
  return { parts, missing, load }
}

/**
 * The texts of a part of the panel that is loaded when it is needed. `failed` when not even the
 * English ones can be had.
 */
export function useTextPart(part: TextPart): Readonly<Ref<TextPartState>> {
  const texts = inject(textsKey)
  if (!texts) throw new Error('No CreditsPlugin')
  const state = ref<TextPartState>('loading')
  const begin = async (): Promise<void> => {
    await texts.add(part)
    state.value = 'ready'
  }
  begin().catch((error: unknown) => {
    reportError(error)
    state.value = 'failed'
  })
  return state
}

export function useTexts(): Translate {
  const { t, locale } = useI18n({ useScope: 'global' })
  return (key, values = {}) => t(`${NAMESPACE}.${key}`, isolate(values, locale.value))
}

/** One text of the main file, without values, for where there is no panel. */
export async function textOnce(locale: string, key: TextKey): Promise<string> {
  const language = closestLanguage(locale)
  const { global } = createI18n({
    legacy: false,
    locale: language,
    messages: { [language]: { ...(await loadTexts(language, 'main')) } },
  })
  return global.t(`${NAMESPACE}.${key}`)
}

/** A text that depends on a number: `count` chooses the form, `values` fill it. */
export function usePluralTexts() {
  const { t, locale } = useI18n({ useScope: 'global' })
  return (key: TextKey, count: number, values: Record<string, string | number> = {}): string =>
    t(`${NAMESPACE}.${key}`, isolate(values, locale.value), count)
}
