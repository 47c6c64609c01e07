import { computed } from 'vue'
import { usdMicrosFromUsd } from '@comfyui-credits/contract/money'
import { useMoney } from '../session/use-money.ts'

/** What a dollar buys, for a text with `{credits}` and `{usd}`. */
export function useRateValues() {
  const money = useMoney()
  const oneDollar = usdMicrosFromUsd(1)
  return computed(() => ({ credits: money.credits(oneDollar), usd: money.wholeUsd(oneDollar) }))
}
