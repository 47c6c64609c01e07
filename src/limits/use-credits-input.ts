import { creditsFromUsdMicros } from '@comfyui-credits/contract/money'
import { formatTyped } from '../i18n/format.ts'
import { useTexts } from '../i18n/texts.ts'
import { useWriting } from '../purchase/amount/use-writing.ts'
import { useSessionStore } from '../session/store.ts'
import { parseCredits, type TypedCredits } from './typed-credits.ts'

const EXAMPLE = 100

/** Amounts of credits between a field and what is stored. */
export function useCreditsInput() {
  const t = useTexts()
  const session = useSessionStore()
  const writing = useWriting()

  return {
    parse: (text: string): TypedCredits => parseCredits(text, writing.value),
    textOf: (usdMicros: number): string =>
      formatTyped(creditsFromUsdMicros(usdMicros), session.locale),
    /** What is wrong with it; null for nothing. */
    problemOf({ state }: TypedCredits): string | null {
      if (state === 'ok') return null
      if (state === 'zero') return t('limits.noAmount')
      return t('limits.badAmount', { example: formatTyped(EXAMPLE, session.locale) })
    },
  }
}
