import { shownCreditsFromUsdMicros } from '@comfyui-credits/contract/money'
import { formatCount, formatCredits } from '../i18n/format.ts'
import { usePluralTexts, useTexts } from '../i18n/texts.ts'
import { useMoney } from '../session/use-money.ts'
import { useSessionStore } from '../session/store.ts'
import type { Estimate, Total } from './estimate.ts'
import type { NodeEstimate } from './node-estimate.ts'
import type { Amount } from './price.ts'

/** Two decimals of what may be a third more or less say more than is known. */
const ROUND_FROM = 10

/** An estimate in words. `overview` must be loaded. */
export function useEstimateWords() {
  const t = useTexts()
  const plural = usePluralTexts()
  const session = useSessionStore()
  const money = useMoney()

  const count = (number: number): string => formatCount(number, session.locale)

  /** Exact where the price is. */
  function typical({ minUsdMicros, typicalUsdMicros, maxUsdMicros }: Amount): string {
    const credits = shownCreditsFromUsdMicros(typicalUsdMicros)
    const isRough = minUsdMicros < maxUsdMicros && credits >= ROUND_FROM
    return formatCredits(isRough ? Math.round(credits) : credits, session.locale)
  }

  /** `≈ 83 credits · $0.39`. */
  function sum(total: Total): string {
    const { typicalUsdMicros, unknown } = total
    if (typicalUsdMicros === 0) return t(unknown > 0 ? 'estimate.unknown' : 'estimate.free')
    return t(unknown > 0 ? 'estimate.atLeast' : 'estimate.about', {
      credits: typical(total),
      usd: money.usd(typicalUsdMicros),
    })
  }

  function range(key: 'estimate.range' | 'estimate.between', amount: Amount): string | null {
    const { minUsdMicros, maxUsdMicros } = amount
    if (minUsdMicros === maxUsdMicros) return null
    return t(key, { min: money.credits(minUsdMicros), max: money.credits(maxUsdMicros) })
  }

  const runs = (number: number): string => plural('estimate.runs', number, { count: count(number) })

  /** All that is known of the sum, as one text: also the name of a button. */
  function hint({ total, batchCount }: Estimate, balance: number | null): string {
    const cost = [sum(total), range('estimate.range', total) ?? []].flat().join(', ')
    const sentences = [
      batchCount === 1
        ? t('estimate.hint', { cost })
        : plural('estimate.hintRuns', batchCount, { count: count(batchCount), cost }),
    ]
    const { unknown } = total
    if (unknown > 0)
      sentences.push(plural('estimate.unknownPrices', unknown, { count: count(unknown) }))
    if (balance !== null) sentences.push(t('estimate.balance', { credits: money.credits(balance) }))
    if (isTooLow(total, balance)) sentences.push(t('estimate.tooLow'))
    else if (isPerhapsTooLow(total, balance)) sentences.push(t('estimate.perhapsTooLow'))
    return sentences.join(' ')
  }

  return { count, typical, sum, range, runs, hint, ...useNodeWords() }
}

/** Whether not even the minimum can be paid; `balance` in micro-USD, null while it is not known. */
export const isTooLow = ({ minUsdMicros }: Total, balance: number | null): boolean =>
  balance !== null && balance < minUsdMicros

const isPerhapsTooLow = ({ maxUsdMicros }: Total, balance: number | null): boolean =>
  balance !== null && balance < maxUsdMicros

function useNodeWords() {
  const t = useTexts()
  const plural = usePluralTexts()
  const session = useSessionStore()
  const money = useMoney()

  /** Whether it runs, where that is not plain. */
  function runWords({ run }: NodeEstimate): string | null {
    switch (run) {
      case 'maybe':
        return t('estimate.maybe')
      case 'not-needed':
        return t('estimate.notNeeded')
      case 'likely-cached':
        return t('estimate.cached')
      case 'yes':
        return null
    }
  }

  function priceWords({ listed: amount, reason, label }: NodeEstimate): string | null {
    if (reason !== null) return t(`unpriced.${reason.code}`, { label: label ?? '', ...reason })
    // Known by earlier runs alone.
    if (amount === null) return null
    if (amount.minUsdMicros === amount.maxUsdMicros) return t('estimate.fixed')
    return t('estimate.between', {
      min: money.credits(amount.minUsdMicros),
      max: money.credits(amount.maxUsdMicros),
    })
  }

  function spread({ minUsdMicros, maxUsdMicros }: Amount): string {
    const [min, max] = [money.credits(minUsdMicros), money.credits(maxUsdMicros)]
    return min === max ? min : `${min}–${max}`
  }

  /** What earlier runs cost, and whether the price list says something else. */
  function learntWords({ learnt, listed }: NodeEstimate): string | null {
    if (learnt === null) return null
    const count = formatCount(learnt.runs, session.locale)
    const runs = plural('estimate.runs', learnt.runs, { count })
    const cost = spread(learnt.amount)
    if (learnt.isOff && listed !== null) {
      return t('estimate.off', { listed: spread(listed), cost, runs })
    }
    return t(learnt.isByTime ? 'estimate.byTime' : 'estimate.learnt', { cost, runs })
  }

  return {
    learnt: learntWords,
    /** How sure its cost is, and why it is not known where it is not. */
    certainty(node: NodeEstimate): string {
      const { calls } = node
      const times =
        calls !== null && calls > 1
          ? plural('estimate.calls', calls, { count: formatCount(calls, session.locale) })
          : null
      const how = runWords(node) ?? (node.learnt?.isOff ? null : priceWords(node))
      const isReused = node.run === 'yes' && node.isReused
      const reused = isReused ? t('estimate.reused') : null
      return [how ?? [], times ?? [], reused ?? []].flat().join(' · ')
    },
  }
}
