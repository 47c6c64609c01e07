import { usePluralTexts, useTexts, type TextKey } from '../i18n/texts.ts'
import { useSessionStore } from '../session/store.ts'
import { formatCount, formatCredits, formatDuration, formatExactMoment } from '../i18n/format.ts'
import { useMoney } from '../session/use-money.ts'
import type { CostAgain } from './again.ts'
import type { DetailCall, DetailSums } from './details.ts'

/** A figure of the receipt; a note says how sure it is, where it is not confirmed. */
export interface Amount {
  readonly credits: string
  readonly usd: string
  readonly note: string | null
}

/** What a call cost as a person reads it. */
export function useAmountWords() {
  const t = useTexts()
  const session = useSessionStore()
  const money = useMoney()

  /** To the last digit where two decimals cannot show it. */
  function figures(usdMicros: number): Pick<Amount, 'credits' | 'usd'> {
    return (
      money.exact(usdMicros) ?? { credits: money.credits(usdMicros), usd: money.usd(usdMicros) }
    )
  }

  function amount({ usdMicros, certainty, announced }: DetailCall): Amount {
    if (usdMicros === null) return { credits: t('details.pending'), usd: '–', note: null }
    const isQuoted = certainty === 'announced'
    const notes = [
      certainty === 'at-least' ? t('details.atLeast') : [],
      isQuoted && announced?.answers === 1 ? t('details.quoted') : [],
      announced !== null && (!isQuoted || announced.answers > 1) && !isSame(usdMicros, announced)
        ? quotedBefore(announced)
        : [],
    ].flat()
    return { ...figures(usdMicros), note: notes.join(' · ') || null }
  }

  /** What the texts said says nothing new where it is the price itself. */
  function isSame(usdMicros: number, { credits, answers }: NonNullable<DetailCall['announced']>) {
    return answers === 1 && money.credits(usdMicros) === formatCredits(credits, session.locale)
  }

  function quotedBefore({ credits, answers }: NonNullable<DetailCall['announced']>): string {
    const values = { credits: formatCredits(credits, session.locale) }
    if (answers === 1) return t('details.quotedBefore', values)
    return t('details.quotedTimes', { ...values, count: formatCount(answers, session.locale) })
  }

  return { amount, figures }
}

/** An opened row as a person reads it. Sums of different certainty are never one figure. */
export function useDetailWords() {
  const t = useTexts()
  const plural = usePluralTexts()
  const session = useSessionStore()
  const money = useMoney()
  const { figures } = useAmountWords()
  const count = (number: number): string => formatCount(number, session.locale)
  const moment = (at: number): string => formatExactMoment(at, session.locale)

  /** One total where all calls are equally sure, else one for each kind of figure. */
  function sums({ provedUsdMicros, announcedUsdMicros, unknown }: DetailSums) {
    const isMixed = provedUsdMicros !== null && (announcedUsdMicros !== null || unknown > 0)
    const totals = [
      [provedUsdMicros, isMixed ? 'details.confirmedTotal' : 'details.total'],
      [announcedUsdMicros, 'details.quotedTotal'],
    ] as const satisfies readonly (readonly [number | null, TextKey])[]
    return {
      totals: totals.flatMap(([usdMicros, name]) =>
        usdMicros === null ? [] : [{ name: t(name), ...figures(usdMicros) }],
      ),
      pending:
        unknown === 0 ? null : plural('details.pendingCalls', unknown, { count: count(unknown) }),
    }
  }

  /** What another run like it would likely cost; null where nothing is known of that. */
  function again(cost: CostAgain | null): string | null {
    if (cost === null) return null
    const values = { credits: money.credits(cost.usdMicros), count: count(cost.runs) }
    return plural('details.again', cost.runs, values)
  }

  return { sums, moment, again }
}

/** How much was asked and got in a call. */
export function useMeasureWords(): (call: DetailCall) => string[] {
  const t = useTexts()
  const plural = usePluralTexts()
  const session = useSessionStore()
  const count = (number: number | null): string =>
    number === null ? '–' : formatCount(number, session.locale)

  return ({ measures }) => {
    const {
      inputTokens = null,
      outputTokens = null,
      images = null,
      seconds = null,
    } = measures ?? {}
    const hasTokens = inputTokens !== null || outputTokens !== null
    return [
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
