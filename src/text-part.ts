import { ref, watch, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { FALLBACK_LANGUAGE } from './closest-language.ts'
import { partLoaders } from './languages.ts'
import { useSessionStore } from './session.ts'

/**
 * The texts of a part of the panel that is loaded when it is needed: in the language of now, and in
 * each that follows. `failed` when not even the English ones can be had.
 */
export function useTextPart(
  part: keyof typeof partLoaders,
): Readonly<Ref<'loading' | 'ready' | 'failed'>> {
  const { mergeLocaleMessage } = useI18n({ useScope: 'global' })
  const session = useSessionStore()
  const state = ref<'loading' | 'ready' | 'failed'>('loading')
  const files = new Map(Object.entries(partLoaders[part]))

  async function load(language: string): Promise<void> {
    const file = await files.get(language)?.()
    if (file) mergeLocaleMessage(language, file.default)
  }

  async function speak(language: string): Promise<void> {
    try {
      await load(FALLBACK_LANGUAGE)
      // Better English than nothing; the console has the reason.
      if (language !== FALLBACK_LANGUAGE)
        await load(language).catch((error: unknown) => reportError(error))
      state.value = 'ready'
    } catch (error) {
      reportError(error)
      state.value = 'failed'
    }
  }
  watch(
    () => session.language ?? FALLBACK_LANGUAGE,
    (language) => void speak(language),
    { immediate: true },
  )
  return state
}
