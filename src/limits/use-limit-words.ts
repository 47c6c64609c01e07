import { formatPeriod } from '../i18n/format-period.ts'
import { useTexts } from '../i18n/texts.ts'
import { useMoney } from '../session/use-money.ts'
import { useSessionStore } from '../session/store.ts'
import { shownText } from '../ui/shown-text.ts'
import type { Limit, LimitScope } from './limit.ts'
import type { LimitProgress } from './progress.ts'

/** A limit and how far it is used, in words. */
export function useLimitWords() {
  const t = useTexts()
  const money = useMoney()
  const session = useSessionStore()

  const both = (first: string, second: string): string => t('limits.both', { first, second })
  const amount = ({ period, usdMicros }: Pick<Limit, 'period' | 'usdMicros'>): string =>
    t(`limits.per-${period}`, { credits: money.credits(usdMicros) })

  function scope(of: LimitScope): string {
    if (of.kind === 'all') return t('limits.all')
    const name = shownText(of.kind === 'workflow' ? of.name : of.model)
    return t(`limits.${of.kind}`, { name })
  }

  function spent({ limit, spentUsdMicros }: LimitProgress): string {
    if (limit.period === 'run') return amount(limit)
    return t(`limits.spent-${limit.period}`, {
      spent: money.credits(spentUsdMicros),
      limit: money.credits(limit.usdMicros),
    })
  }

  function resets({ limit, resetsAt }: LimitProgress): string | null {
    if (resetsAt === null) return null
    if (limit.period === 'day') return t('limits.midnight')
    return t('limits.resets', { date: formatPeriod(resetsAt, 'day', session.locale) })
  }

  return {
    /** "20 credits per day" */
    amount,
    /** "All runs", "Model: aurora-ultra" */
    scope,
    /** "20 credits per day", with what it is for where that is not all runs. */
    name: (limit: Limit): string =>
      limit.scope.kind === 'all' ? amount(limit) : both(amount(limit), scope(limit.scope)),
    /** What unfinished runs will still take; null for nothing. */
    reserved: ({ reservedUsdMicros }: LimitProgress): string | null =>
      reservedUsdMicros > 0
        ? t('limits.reserved', { credits: money.credits(reservedUsdMicros) })
        : null,
    /** "12.66 of 20 credits today, resets at midnight" */
    progress(of: LimitProgress): string {
      const until = resets(of)
      return until === null ? spent(of) : both(spent(of), until)
    },
  }
}
