import { until } from '@vueuse/core'
import { onScopeDispose } from 'vue'
import { useCreditsContext } from '../context.ts'
import { formatShare } from '../i18n/format-period.ts'
import { useTextPart, useTexts } from '../i18n/texts.ts'
import { useMoney } from '../session/use-money.ts'
import { useSessionStore } from '../session/store.ts'
import type { LimitAlert } from './alert.ts'
import { useLimitsStore } from './store.ts'
import { useLimitWords } from './use-limit-words.ts'

/** The host's toast says how far a limit is used, and that the balance is low. */
export function useLimitAlerts(): void {
  const { host } = useCreditsContext()
  const texts = useTextPart('limits')
  const store = useLimitsStore()
  const messageOf = useAlertWords()

  onScopeDispose(
    store.onAlert(async (alert) => {
      if ((await until(texts).not.toBe('loading')) === 'failed') return
      const message = messageOf(alert)
      if (message !== null) host.toast?.({ severity: 'warn', ...message })
    }),
  )
}

/** Of each limit, and of each other kind, the newest message takes the place of the one before. */
function useAlertWords() {
  const t = useTexts()
  const money = useMoney()
  const session = useSessionStore()
  const words = useLimitWords()

  function ofShare({ progress, percent }: Extract<LimitAlert, { kind: 'share' }>) {
    const id = `limit-${progress.limit.id}`
    const parts = [words.progress(progress), words.reserved(progress)]
    if (percent < 100) {
      const share = formatShare(percent / 100, session.locale)
      return { id, summary: t('limits.shareTitle', { share }), detail: joined(parts) }
    }
    const stops = progress.limit.action === 'stop'
    parts.push(t(stops ? 'limits.reachedStops' : 'limits.reachedWarns'))
    return { id, summary: t('limits.reachedTitle'), detail: joined(parts) }
  }

  return (alert: LimitAlert) => {
    switch (alert.kind) {
      case 'share':
        return ofShare(alert)
      case 'low-balance':
        return {
          id: 'low-balance',
          summary: t('limits.lowTitle'),
          detail: t('limits.lowDetail', {
            credits: money.credits(alert.balanceUsdMicros),
            threshold: money.credits(alert.thresholdUsdMicros),
          }),
        }
      // The question says it all.
      case 'runaway':
        return null
    }
  }
}

function joined(parts: readonly (string | null)[]): string {
  return parts.filter((part) => part !== null).join(' · ')
}
