import { formatCount } from '../i18n/format.ts'
import { usePluralTexts, useTexts } from '../i18n/texts.ts'
import { useMoney } from '../session/use-money.ts'
import { useSessionStore } from '../session/store.ts'
import type { RunCost } from './decide.ts'
import type { Question } from './question.ts'

/** What is about to be queued, and what it costs, in words. */
export function useCostWords() {
  const t = useTexts()
  const plural = usePluralTexts()
  const money = useMoney()
  const session = useSessionStore()

  const credits = (usdMicros: number): string =>
    t('guard.credits', { credits: money.credits(usdMicros) })
  const countOf = (count: number) => ({ count: formatCount(count, session.locale) })

  return {
    credits,
    countOf,
    /** "This run", "These 4 runs" */
    runs: ({ batchCount }: Question): string =>
      plural('guard.cost', batchCount, countOf(batchCount)),
    cost({ minUsdMicros: min, maxUsdMicros: max }: RunCost): string {
      if (min === max) return credits(max)
      return t('guard.range', { min: money.credits(min), max: money.credits(max) })
    },
    /** "and 2 nodes without a known price"; null where all are known. */
    unknown: ({ unknown }: RunCost): string | null =>
      unknown === 0 ? null : plural('guard.plusUnknown', unknown, countOf(unknown)),
  }
}
