import { computed, type ComputedRef } from 'vue'
import { useBalanceStore } from '../balance/store.ts'
import { useHistoryStore } from '../history/store.ts'
import { newcomerState } from './newcomer.ts'

export function useNewcomer(): ComputedRef<ReturnType<typeof newcomerState>> {
  const balance = useBalanceStore()
  const history = useHistoryStore()
  return computed(() =>
    newcomerState({
      usdMicros: balance.balance?.availableUsdMicros ?? null,
      rows: history.read && !history.hasMore ? history.rows : null,
      failed: history.failed || history.error !== null,
    }),
  )
}
