import { onScopeDispose, shallowRef, watch } from 'vue'

/**
 * Long work that a person may stop, one at a time. It is stopped too when `owner` changes, or what
 * shows it goes: it was done for somebody else.
 */
export function useInterruptible(owner: () => unknown) {
  const running = shallowRef<AbortController | null>(null)
  const stop = (): void => running.value?.abort()

  /** Null where what came of it is nobody's business any more. */
  async function run<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T | null> {
    stop()
    const asked = owner()
    const mine = new AbortController()
    running.value = mine
    try {
      const result = await work(mine.signal)
      return owner() === asked ? result : null
    } finally {
      if (running.value === mine) running.value = null
    }
  }

  watch(owner, stop, { flush: 'sync' })
  onScopeDispose(stop)
  return { running, run, stop }
}
