import { until } from '@vueuse/core'
import type { Ref } from 'vue'
import { useCreditsContext } from '../context.ts'
import type { TextPartState } from '../i18n/texts.ts'
import { useSessionStore } from '../session/store.ts'
import { usePurchaseStore } from './store.ts'
import { useProgressWords } from './use-progress-words.ts'

/**
 * A purchase may end while the panel is off the screen: then the host's own toast says how, once
 * there are words for it. Without any, the panel says it when it is opened.
 */
export function useEndedToast(texts: Readonly<Ref<TextPartState>>): void {
  const { host } = useCreditsContext()
  const wordsOf = useProgressWords()
  const session = useSessionStore()
  const purchase = usePurchaseStore()

  purchase.onEnded(async (progress) => {
    if (session.shown || progress.step === 'closed') return
    if ((await until(texts).not.toBe('loading')) === 'failed') return
    const { title, text } = wordsOf(progress)
    host.toast?.({
      severity: progress.step === 'credited' ? 'success' : 'warn',
      summary: title,
      detail: text,
    })
  })
}
