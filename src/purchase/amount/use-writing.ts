import { computed } from 'vue'
import { useTexts } from '../../i18n/texts.ts'
import { useSessionStore } from '../../session/store.ts'
import type { Writing } from './amount.ts'

/** How the person writes amounts; by the texts of `purchase`. */
export function useWriting() {
  const session = useSessionStore()
  const t = useTexts()
  return computed((): Writing => ({
    locale: session.locale,
    words: { usd: listed(t('typed.usd')), credits: listed(t('typed.credits')) },
  }))
}

/** Of a text that is a list for us, and for nobody to read. */
function listed(text: string): string[] {
  return text.split(', ')
}
