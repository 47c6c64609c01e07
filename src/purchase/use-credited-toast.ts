import { watch } from 'vue'
import { useCreditsContext } from '../context.ts'
import { useTexts } from '../i18n.ts'
import { useSessionStore } from '../session.ts'
import { usePurchaseStore } from './store.ts'
import { useCreditedWords } from './use-credited-words.ts'

/** Credits may land while the panel is off the screen: then the host's own toast says so. */
export function useCreditedToast(): void {
  const { host } = useCreditsContext()
  const t = useTexts()
  const wordsOf = useCreditedWords()
  const session = useSessionStore()
  const purchase = usePurchaseStore()

  watch(
    () => purchase.state,
    (state) => {
      if (state.step !== 'credited' || session.shown) return
      host.toast?.({
        severity: 'success',
        summary: t('buy.creditedTitle'),
        detail: wordsOf(state).sentence,
      })
    },
  )
}
