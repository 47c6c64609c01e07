import { useThrottleFn } from '@vueuse/core'
import { computed, shallowRef, watch, type ComputedRef } from 'vue'

/**
 * What `get` gives, with at least `pauseMs` between one state of it and the next; the last one always
 * comes. What is `of` something else is there at once, as is everything while the pause is 0.
 */
export function useThrottled<T extends { readonly of: string }>(
  get: () => T,
  pauseMs: () => number,
): ComputedRef<T> {
  const now = computed(get)
  const paced = shallowRef({ state: now.value })
  const follow = (): void => {
    paced.value = { state: now.value }
  }
  const followLater = useThrottleFn(follow, pauseMs, true)
  watch(
    now,
    (next) => {
      if (next.of === paced.value.state.of) void followLater()
      else follow()
    },
    { flush: 'sync' },
  )
  return computed(() => paced.value.state)
}
