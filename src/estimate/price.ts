import { usdMicrosFromUsd } from '@comfyui-credits/contract/money'
import type { BadgeAnswer } from './badge-questions.ts'
import type { BadgeResult } from './badge.ts'
import { labelOf } from './label.ts'
import { gpuRateOf } from './gpu-rate.ts'
import { boundsOf, mergeResults, type Priced } from './merge-results.ts'
import type { PriceInquiry } from './price-questions.ts'
import { quantityOf, type KnownWidgets } from './quantity.ts'
import type { Reason } from './reason.ts'

export interface Amount {
  readonly minUsdMicros: number
  readonly typicalUsdMicros: number
  readonly maxUsdMicros: number
}

/** What one run of the workflow costs by a node's price list. */
export interface Price {
  readonly kind: 'usd' | 'range' | 'list' | 'text' | 'unknown'
  /** Null where it is not known before the run. */
  readonly amount: Amount | null
  /**
   * The price list's own words, as ComfyUI draws them. Of a unit where it is priced by unit. Written
   * when it is read: to format a number takes longer than all else, and few are shown.
   */
  readonly label: string | null
  /** Null where the amount is known. */
  readonly reason: Reason | null
  /** Of ComfyUI's own machines, whose use is known only after the run; null of all else. */
  readonly usdPerGpuSecond: number | null
}

const unknown = (
  reason: Reason,
  result: BadgeResult | null = null,
  usdPerGpuSecond: number | null = null,
): Price => ({
  kind: 'unknown',
  amount: null,
  get label() {
    return result && labelOf(result)
  },
  reason,
  usdPerGpuSecond,
})

/** `calls` is how often the node runs. */
export function priceOf(
  inquiry: PriceInquiry,
  answers: readonly BadgeAnswer[],
  calls: number | null,
): Price {
  if ('reason' in inquiry) return unknown(inquiry.reason)
  const results: BadgeResult[] = []
  for (const answer of answers) {
    if (!answer.isPriced) return unknown({ code: `expression-${answer.failure}` })
    results.push(answer.result)
  }
  const result = mergeResults(results)
  if (!result) return unknown({ code: 'expression-no-price' })
  if (result.kind === 'text') {
    const { text: label } = result
    return {
      kind: 'text',
      amount: null,
      label,
      reason: { code: 'text-only' },
      usdPerGpuSecond: null,
    }
  }
  const { emptyText, widgets } = inquiry
  // Priced by its length, which is not zero once it is written: the server refuses it as it is.
  if (emptyText !== null && boundsOf(result)[1] === 0) {
    return unknown({ code: 'empty-text', widget: emptyText }, result)
  }
  return amountOf(result, widgets, calls)
}

function amountOf(result: Priced, widgets: () => KnownWidgets, calls: number | null): Price {
  const quantity = quantityOf(result.format, widgets)
  if (!quantity) {
    const unit = (result.format.suffix ?? '').trim()
    return unknown({ code: 'quantity-unknown', unit }, result, gpuRateOf(result))
  }
  if (calls === null) return unknown({ code: 'list-length-unknown' }, result)
  const [min, max] = boundsOf(result)
  const minUsdMicros = usdMicrosFromUsd(min * quantity.min * calls)
  const maxUsdMicros = usdMicrosFromUsd(max * quantity.max * calls)
  const typicalUsdMicros = Math.round((minUsdMicros + maxUsdMicros) / 2)
  return {
    kind: result.kind === 'usd' && minUsdMicros < maxUsdMicros ? 'range' : result.kind,
    amount: { minUsdMicros, typicalUsdMicros, maxUsdMicros },
    get label() {
      return labelOf(result)
    },
    reason: null,
    usdPerGpuSecond: null,
  }
}
