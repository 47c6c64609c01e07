import { usePluralTexts, useTexts, type TextKey } from '../i18n/texts.ts'
import { useSessionStore } from '../session/store.ts'
import { formatCount, formatExactMoment } from '../i18n/format.ts'
import { useMoney } from '../session/use-money.ts'
import { balanceSpanOf, type BalanceSpan } from './balance-span.ts'
import type { HistoryRow, RowParts } from './row.ts'

/** How sure the whole cost is, in a line, and what makes it so. */
export interface Sureness {
  readonly look: 'confirmed' | 'quoted' | 'pending'
  readonly line: string
  readonly why: readonly string[]
}

/** How the cost of an opened row is known. */
export function useSureness() {
  const t = useTexts()
  const plural = usePluralTexts()
  const session = useSessionStore()
  const money = useMoney()
  const moment = (at: number): string => formatExactMoment(at, session.locale)

  /** How the cost of the whole is known; `rows` of the whole history. */
  function sureness(row: HistoryRow, parts: RowParts, rows: readonly HistoryRow[]): Sureness {
    const { verdict, events, run } = parts
    const quoted = unsure('quoted', 'details.sure-quoted', 'details.byAnnouncement')
    const pending = unsure('pending', 'details.sure-pending', 'details.byNobody')
    if (!verdict) {
      if (run && row.change.basis === 'announced') return quoted
      return events.length > 0
        ? confirmed('details.sure-account', [t('details.byAccount')])
        : pending
    }
    const { match, spans } = verdict.evidence
    const span = balanceSpanOf(row, spans, rows)
    const byBalance = span === null ? [] : [wentFrom(span)]
    if (match !== null) {
      const line = match === 'job-id' ? 'details.sure-account' : 'details.sure-match'
      return confirmed(line, [t(`runMatch.${match}`), ...byBalance])
    }
    if (spans.length > 0) {
      const why = span === null ? [t('details.byBalanceAlone')] : byBalance
      return confirmed('details.sure-balance', why)
    }
    return verdict.usdMicros === null ? pending : quoted
  }

  function confirmed(line: TextKey, why: readonly string[]): Sureness {
    return { look: 'confirmed', line: t(line), why }
  }

  function unsure(look: 'quoted' | 'pending', line: TextKey, why: TextKey): Sureness {
    return { look, line: t(line), why: [t(why)] }
  }

  function wentFrom({ from, to, otherRuns }: BalanceSpan): string {
    const values = {
      before: money.credits(from.usdMicros),
      after: money.credits(to.usdMicros),
      from: moment(from.at),
      to: moment(to.at),
    }
    if (otherRuns === 0) return t('details.byBalance', values)
    return plural('details.byBalanceTogether', otherRuns, {
      ...values,
      count: formatCount(otherRuns, session.locale),
    })
  }

  return sureness
}
