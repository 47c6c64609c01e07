import { useNow } from '@vueuse/core'
import { computed, type ComputedRef } from 'vue'
import { useClockStore } from './clock.ts'

/** The time of this page, epoch milliseconds, as it passes: what is compared with runs and balances. */
export function usePageTime(options: { readonly interval: number }): ComputedRef<number> {
  const clock = useClockStore()
  const tick = useNow(options)
  return computed(() => {
    void tick.value
    return clock.now()
  })
}
