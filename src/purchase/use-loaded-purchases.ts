import { getActivePinia } from 'pinia'
import { useLazyScope } from '../composables/use-lazy-scope.ts'
import { usePurchasePopup } from './use-popup.ts'

/**
 * Loads the purchases after the panel; they then live as long as the app, whatever is on screen.
 * `toast` is loaded with them, before anything can end.
 */
export function useLoadedPurchases(toast: () => Promise<unknown>): void {
  const popup = usePurchasePopup()
  const pinia = getActivePinia()
  useLazyScope(
    async () => {
      const [{ usePurchaseStore }] = await Promise.all([import('./store.ts'), toast()])
      return () => {
        usePurchaseStore(pinia)
        popup.loading = 'ready'
      }
    },
    (error) => {
      popup.loading = 'failed'
      reportError(error)
    },
  )
}
