import { useBalanceStore } from '../balance/store.ts'
import { useCreditsContext } from '../context.ts'
import { usePurchaseStore } from '../purchase/store.ts'
import { useBillingAccountStore } from '../billing-account/store.ts'
import { recentErrors } from '../api/recent-errors.ts'
import { useSessionStore } from '../session/store.ts'
import { diagnosticsText } from './diagnostics.ts'
import { version } from './version.ts'

/** Gives the diagnostics of the moment. */
export function useDiagnostics(): () => string {
  const { host } = useCreditsContext()
  const session = useSessionStore()
  const billing = useBillingAccountStore()
  const balance = useBalanceStore()
  const purchase = usePurchaseStore()
  return () =>
    diagnosticsText({
      version,
      host: host.facts(),
      browser: navigator.userAgent,
      secureContext: window.isSecureContext,
      language: session.hostLocale,
      login: session.account?.login ?? null,
      context: host.billingContext(),
      billingAccount: { state: billing.state, kind: billing.account?.kind ?? null },
      rail: billing.rail,
      features: [...(balance.balance?.features ?? [])],
      purchaseStep: purchase.state.step,
      errors: recentErrors(),
    })
}
