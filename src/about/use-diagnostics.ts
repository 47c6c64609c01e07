import { useBalanceStore } from '../balance/store.ts'
import { useCreditsContext } from '../context.ts'
import { usePurchaseStore } from '../purchase/store.ts'
import { usePurseStore } from '../billing-account/store.ts'
import { recentErrors } from '../api/recent-errors.ts'
import { useSessionStore } from '../session/store.ts'
import { diagnosticsText } from './diagnostics.ts'
import { version } from './version.ts'

/** Gives the diagnostics of the moment. */
export function useDiagnostics(): () => string {
  const { host } = useCreditsContext()
  const session = useSessionStore()
  const purses = usePurseStore()
  const balance = useBalanceStore()
  const purchase = usePurchaseStore()
  return () =>
    diagnosticsText({
      version,
      host: host.facts(),
      browser: navigator.userAgent,
      secureContext: window.isSecureContext,
      language: session.locale,
      login: session.account?.login ?? null,
      context: host.purseContext(),
      purse: { state: purses.state, kind: purses.purse?.kind ?? null },
      rail: purses.rail,
      features: [...(balance.balance?.features ?? [])],
      purchaseStep: purchase.state.step,
      errors: recentErrors(),
    })
}
