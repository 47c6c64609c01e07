import { apiErrorCode } from '../api/errors.ts'
import { useCreditsContext } from '../context.ts'
import { useHistoryStore } from '../history/store.ts'
import { useTexts } from '../i18n/texts.ts'
import { useBillingAccountStore } from '../billing-account/store.ts'
import { useErrorText } from '../session/use-error-text.ts'
import { isJustBelowZero, useMoney } from '../session/use-money.ts'
import { useBalanceStore } from '../balance/store.ts'

/** A refresh that was asked for outside the panel: the host's toast shows its outcome. */
export function useRefreshToast(): () => Promise<void> {
  const { host } = useCreditsContext()
  const t = useTexts()
  const errorText = useErrorText()
  const money = useMoney()
  const balance = useBalanceStore()
  const history = useHistoryStore()
  const billing = useBillingAccountStore()

  return async () => {
    void history.refresh()
    const usdMicros = await balance.refresh()
    if (usdMicros !== null) {
      const credits = money.credits(usdMicros)
      const key = isJustBelowZero(usdMicros) ? 'balance.refreshedInWords' : 'balance.refreshed'
      host.toast?.({ severity: 'success', summary: t(key, { credits }) })
      return
    }
    const detail =
      billing.state === 'unreachable'
        ? t('billing.unreachableText')
        : balance.error !== null && errorText(apiErrorCode(balance.error))
    if (detail) host.toast?.({ severity: 'error', summary: t('panel.title'), detail })
  }
}
