import { computed } from 'vue'
import { usdMicrosFromUsd } from '@comfyui-credits/contract/money'
import { useBalanceStore } from '../../balance/store.ts'
import { useHistoryStore } from '../../history/store.ts'
import { useTexts } from '../../i18n/texts.ts'
import { useMoney } from '../../session/use-money.ts'
import { useRunsStore } from '../../runs/store.ts'
import { usdToCover } from './amount.ts'
import { costOfRefused } from './suggested-amount.ts'
import { usePurchasePopup } from '../use-popup.ts'
import { usePurchaseStore } from '../store.ts'

/**
 * The top-up that ends a shortage, and why it is that one: what a run needs that was stopped before it
 * started, what the workflow of a refused one has cost before, or else what makes the balance positive.
 * Null without a shortage, which only a current balance can show.
 */
export function useNeeded() {
  const t = useTexts()
  const money = useMoney()
  const balance = useBalanceStore()
  const history = useHistoryStore()
  const runs = useRunsStore()
  const purchase = usePurchaseStore()
  const popup = usePurchasePopup()

  return computed(() => {
    const { figure } = balance
    const { afterRefusal } = purchase
    const { coverUsdMicros } = popup
    // A person who comes to buy knows that nothing is left; after a refusal it is the reason.
    const isAsked = afterRefusal || coverUsdMicros !== null
    if (!figure?.fresh || (figure.usdMicros >= 0 && !isAsked)) return null
    const refused = afterRefusal ? costOfRefused(runs.runs, history.rows ?? []) : null
    const cost = coverUsdMicros ?? refused
    const usd = usdToCover(figure.usdMicros, cost ?? 0)
    if (usd === null) return null
    const values = {
      credits: money.credits(figure.usdMicros),
      usd: money.wholeUsd(usdMicrosFromUsd(usd)),
    }
    if (cost === null) return { usd, words: t('buy.needed', values) }
    const key = coverUsdMicros === null ? 'buy.neededRun' : 'buy.neededStopped'
    return { usd, words: t(key, { ...values, cost: money.credits(cost) }) }
  })
}
