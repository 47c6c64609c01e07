import { defineComponent, onScopeDispose, watch } from 'vue'
import { useBalanceStore } from '../balance/store.ts'
import { useCreditsContext } from '../context.ts'
import { usePluralTexts, useTextPart, useTexts } from '../i18n/texts.ts'
import { useBillingAccountStore } from '../billing-account/store.ts'
import { useSessionStore } from '../session/store.ts'
import { formatCount } from '../i18n/format.ts'
import { useMoney } from '../session/use-money.ts'
import { explain } from '../reconciliation/explain.ts'
import type { Reading } from '../reconciliation/balance-reading.ts'
import { isOfInterest, SETTLE_MS, type Run } from '../runs/run.ts'
import { useRunsStore } from '../runs/store.ts'
import type { Verdict } from '../reconciliation/verdict.ts'
import { useRunWords } from './use-run-words.ts'

/** Of more runs that end together it is only said that they did: nobody reads ten toasts. */
const MOST_TOASTS = 3
/** A balance that comes later than this is no news of a run any more. */
const LATE_MS = 60_000
const READINGS = 100

/**
 * The host's toast says what a run cost that has ended, and the balance after it, once the balance
 * was read that all of it is in. Draws nothing itself.
 */
export default defineComponent(() => {
  const runs = useRunsStore()
  const balance = useBalanceStore()
  const billing = useBillingAccountStore()
  const say = useRunToasts()
  let waiting: Run[] = []
  let readings: Reading[] = []

  onScopeDispose(
    runs.onFinished((run) => {
      if (isOfInterest(run)) waiting.push(run)
    }),
  )
  // Without the balance before a run nothing shows what it cost.
  watch(
    () => billing.account,
    (billingAccount) => {
      waiting = []
      readings = []
      if (billingAccount !== null) void balance.refreshIfStale()
    },
    { immediate: true },
  )
  watch(
    () => balance.reading,
    (reading) => {
      if (reading === null || reading.accountKey !== runs.place) return
      const { at, usdMicros } = reading
      readings = [...readings, { at, usdMicros }].slice(-READINGS)
      const ended = waiting.filter(({ endedAt }) => (endedAt ?? Infinity) + SETTLE_MS <= at)
      waiting = waiting.filter((run) => !ended.includes(run))
      const news = ended.filter(({ endedAt }) => (endedAt ?? 0) + LATE_MS > at)
      if (news.length > 0) say(news, judge(readings, runs.runs, runs.overheard), usdMicros)
    },
    { immediate: true },
  )
  return () => null
})

/** By what this page has seen of the balance: the account's own events need not be there yet. */
function judge(
  readings: readonly Reading[],
  runs: readonly Run[],
  overheard: ReturnType<typeof useRunsStore>['overheard'],
): ReadonlyMap<string, Verdict> {
  const nothing = { events: [], readAt: null, hasMore: false, before: new Map() }
  return explain({ ...nothing, readings, runs, overheard }).verdicts
}

function useRunToasts() {
  const { host } = useCreditsContext()
  const t = useTexts()
  const plural = usePluralTexts()
  const session = useSessionStore()
  const money = useMoney()
  const words = useRunWords()
  useTextPart('history')

  function costWords(verdict: Verdict | undefined): string {
    if (!verdict || verdict.usdMicros === null) return t('live.toastUnknown')
    const credits = money.credits(verdict.usdMicros)
    if (verdict.word === 'nothing-charged') return t('live.toastNothing')
    if (verdict.word === 'nothing-delivered') return t('live.toastForNothing', { credits })
    if (verdict.word === 'charged') return t('live.toastCost', { credits })
    return t(verdict.usdMicros === 0 ? 'live.toastUnknown' : 'live.toastAnnounced', { credits })
  }

  return (
    ended: readonly Run[],
    verdicts: ReadonlyMap<string, Verdict>,
    usdMicros: number,
  ): void => {
    const balance = t('live.toastBalance', { credits: money.credits(usdMicros) })
    if (ended.length > MOST_TOASTS) {
      const count = formatCount(ended.length, session.locale)
      const summary = plural('live.toastSeveral', ended.length, { count })
      host.toast?.({ severity: 'info', summary, detail: balance })
      return
    }
    for (const run of ended) {
      const detail = `${costWords(verdicts.get(run.promptId))} ${balance}`
      const severity = run.outcome === 'succeeded' ? 'success' : 'warn'
      host.toast?.({ severity, summary: words.name(run), detail })
    }
  }
}
