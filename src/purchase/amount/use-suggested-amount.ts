import { computed } from 'vue'
import { usdMicrosFromUsd } from '@comfyui-credits/contract/money'
import { useBalanceStore } from '../../balance/store.ts'
import { useHistoryStore } from '../../history/store.ts'
import { useTexts } from '../../i18n/texts.ts'
import { useMoney } from '../../session/use-money.ts'
import { useRunsStore } from '../../runs/store.ts'
import { usdToCover } from './amount.ts'
import { costOfRefused } from './suggested-amount.ts'
import { usePurchaseStore } from '../store.ts'

/**
 * The top-up that ends a shortage, and why it is that one: for a run that was refused what its
 * workflow has cost before, else what makes the balance positive. Null where there is no shortage;
 * only a balance of now is good enough to say so.
 */
export function useNeeded() {
  const t = useTexts()
  const money = useMoney()
  const balance = useBalanceStore()
  const history = useHistoryStore()
  const runs = useRunsStore()
  const purchase = usePurchaseStore()

  return computed(() => {
    const { figure } = balance
    const { afterRefusal } = purchase
    // A person who comes to buy knows that nothing is left; after a refusal it is the reason.
    if (!figure?.fresh || (figure.usdMicros >= 0 && !afterRefusal)) return null
    const cost = afterRefusal ? costOfRefused(runs.runs, history.rows ?? []) : null
    const usd = usdToCover(figure.usdMicros, cost ?? 0)
    if (usd === null) return null
    const values = {
      credits: money.credits(figure.usdMicros),
      usd: money.wholeUsd(usdMicrosFromUsd(usd)),
    }
    if (cost === null) return { usd, words: t('buy.needed', values) }
    return { usd, words: t('buy.neededRun', { ...values, cost: money.credits(cost) }) }
  })
}
