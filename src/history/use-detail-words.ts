import { usePluralTexts, useTexts } from '../i18n/texts.ts'
import { useSessionStore } from '../session/store.ts'
import { formatCount, formatCredits, formatDuration, formatExactMoment } from '../i18n/format.ts'
import { useMoney } from '../session/use-money.ts'
import type { CostAgain } from './again.ts'
import { balanceSpanOf, type BalanceSpan } from './balance-span.ts'
import type { DetailCall, DetailSums } from './details.ts'
import type { HistoryRow, RowParts } from './row.ts'

/** What a call cost as a person reads it. */
function usePriceWords() {
  const t = useTexts()
  const plural = usePluralTexts()
  const session = useSessionStore()
  const money = useMoney()

  function price({ usdMicros, certainty }: DetailCall): string {
    if (usdMicros === null) return t('details.unknown')
    if (certainty === 'proved' && usdMicros === 0) return t('details.free')
    const key = certainty === 'at-least' ? 'atLeast' : certainty
    const said = t(`details.${key}`, { credits: money.credits(usdMicros) })
    const precise = exact(usdMicros)
    return precise === null ? said : `${said} (${precise})`
  }

  /** Of what two decimals cannot show; null where they can. */
  function exact(usdMicros: number | null): string | null {
    const figures = usdMicros === null ? null : money.exact(usdMicros)
    return figures && t('details.exact', figures)
  }

  /** What the texts said, where that is not the price itself. */
  function announced({ announced: said, certainty }: DetailCall): string | null {
    if (said === null || (certainty === 'announced' && said.answers === 1)) return null
    const values = { credits: formatCredits(said.credits, session.locale) }
    return plural('details.said', said.answers, {
      ...values,
      count: formatCount(said.answers, session.locale),
    })
  }

  return { price, exact, announced }
}

/** An opened row as a person reads it. Sums of different certainty are never one figure. */
export function useDetailWords() {
  const t = useTexts()
  const plural = usePluralTexts()
  const session = useSessionStore()
  const money = useMoney()
  const count = (number: number): string => formatCount(number, session.locale)
  const credits = (usdMicros: number | null): string => money.credits(usdMicros ?? 0)
  const moment = (at: number): string => formatExactMoment(at, session.locale)

  function sums({ provedUsdMicros, announcedUsdMicros, unknown }: DetailSums): string[] {
    return [
      provedUsdMicros === null ? [] : t('details.sumProved', { credits: credits(provedUsdMicros) }),
      announcedUsdMicros === null
        ? []
        : t('details.sumAnnounced', { credits: credits(announcedUsdMicros) }),
      unknown === 0 ? [] : plural('details.sumUnknown', unknown, { count: count(unknown) }),
    ].flat()
  }

  /** How the cost of the whole is known; `rows` of the whole history. */
  function evidence(row: HistoryRow, parts: RowParts, rows: readonly HistoryRow[]): string[] {
    const { verdict, events, run } = parts
    if (!verdict) {
      if (run && row.change.basis === 'announced') return [t('details.byAnnouncement')]
      return events.length > 0 ? [t('details.byAccount')] : [t('details.byNobody')]
    }
    const { match, spans } = verdict.evidence
    const span = balanceSpanOf(row, spans, rows)
    const byBalance = span === null ? [] : [wentFrom(span)]
    if (match !== null) return [t(`details.by-${match}`), ...byBalance]
    if (spans.length > 0) return span === null ? [t('details.byBalanceAlone')] : byBalance
    return [t(verdict.usdMicros === null ? 'details.byNobody' : 'details.byAnnouncement')]
  }

  function wentFrom({ from, to, otherRuns }: BalanceSpan): string {
    const values = {
      before: credits(from.usdMicros),
      after: credits(to.usdMicros),
      from: moment(from.at),
      to: moment(to.at),
    }
    if (otherRuns === 0) return t('details.byBalance', values)
    return plural('details.byBalanceTogether', otherRuns, { ...values, count: count(otherRuns) })
  }

  /** What another run like it would likely cost. */
  function again(cost: CostAgain | null): string {
    if (cost === null) return t('details.againUnknown')
    const values = { credits: credits(cost.usdMicros), count: count(cost.runs) }
    const said = plural('details.again', cost.runs, values)
    if (cost.announced === 0) return said
    return `${said} ${t('details.againAnnounced', { count: count(cost.announced) })}`
  }

  return { ...usePriceWords(), sums, evidence, moment, again }
}

/** How much was asked and got in a call, and how long it took. */
export function useMeasureWords(): (call: DetailCall) => string[] {
  const t = useTexts()
  const plural = usePluralTexts()
  const session = useSessionStore()
  const count = (number: number | null): string =>
    number === null ? '–' : formatCount(number, session.locale)

  return ({ measures, durationMs }) => {
    const {
      inputTokens = null,
      outputTokens = null,
      images = null,
      seconds = null,
    } = measures ?? {}
    const hasTokens = inputTokens !== null || outputTokens !== null
    return [
      durationMs === null ? [] : formatDuration(durationMs, session.locale),
      hasTokens
        ? t('history.tokensInOut', { input: count(inputTokens), output: count(outputTokens) })
        : [],
      images === null ? [] : plural('details.images', images, { count: count(images) }),
      seconds === null
        ? []
        : t('details.output', { time: formatDuration(seconds * 1000, session.locale) }),
    ].flat()
  }
}
