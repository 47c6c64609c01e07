import { useCreditsContext } from '../context.ts'
import { useSessionStore } from '../session.ts'
import { usePurchaseStore } from './store.ts'
import { useProgressWords } from './use-progress-words.ts'

/** A purchase may end while the panel is off the screen: then the host's own toast says how. */
export function useEndedToast(): void {
  const { host } = useCreditsContext()
  const wordsOf = useProgressWords()
  const session = useSessionStore()
  const purchase = usePurchaseStore()

  purchase.onEnded((progress) => {
    if (session.shown || progress.step === 'closed') return
    const { title, text } = wordsOf(progress)
    host.toast?.({
      severity: progress.step === 'credited' ? 'success' : 'warn',
      summary: title,
      detail: text,
    })
  })
}
