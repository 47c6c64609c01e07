import { onScopeDispose, ref, watch, type Ref } from 'vue'
import { inOneTab } from '../../storage/tab-lock.ts'

interface PollingTabHooks {
  readonly acquired: () => void
  readonly lost: () => void
}

/** Whether this is the tab that polls. `accountKey` null: there is nothing to poll. */
export function usePollingTab(accountKey: Readonly<Ref<string | null>>, hooks: PollingTabHooks) {
  const isMine = ref(false)
  let leaving = new AbortController()

  async function wait(name: string, signal: AbortSignal, stealFirst: boolean): Promise<void> {
    let steal = stealFirst
    while (!signal.aborted) {
      await inOneTab(name, (taken) => hold(taken, signal), { signal, steal })
      steal = false
    }
  }

  async function hold(taken: AbortSignal, signal: AbortSignal): Promise<void> {
    isMine.value = true
    hooks.acquired()
    await firstAbort(taken, signal)
    isMine.value = false
    hooks.lost()
  }

  function start(steal: boolean): void {
    leaving.abort()
    leaving = new AbortController()
    const { signal } = leaving
    if (accountKey.value === null) return
    wait(`ask:${accountKey.value}`, signal, steal).catch((error: unknown) => {
      if (!signal.aborted) reportError(error)
    })
  }

  watch(accountKey, () => start(false), { immediate: true })
  onScopeDispose(() => leaving.abort())
  /** The visible tab polls: browsers slow the timers of a hidden one. */
  return { isMine, take: () => start(true) }
}

function firstAbort(...signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of signals) {
      if (signal.aborted) resolve()
      else signal.addEventListener('abort', () => resolve(), { once: true })
    }
  })
}
