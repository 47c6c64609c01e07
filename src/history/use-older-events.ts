import { computed, ref, shallowRef, watch } from 'vue'
import { ApiError } from '../api/port.ts'
import type { BillingAccount } from '../billing-account/port.ts'
import { joinsAtEnd, PAGE_SIZE, type AnsweredPage, type EventFeed } from './event-feed.ts'
import { askForPage, isRateLimit, type RetryGate } from './use-retry-gate.ts'

interface OlderEvents {
  readonly feed: () => EventFeed | null
  readonly account: () => BillingAccount | null
  readonly add: (page: AnsweredPage) => void
  /** Brings in what is new; rejects with what went wrong. */
  readonly refresh: () => Promise<unknown>
}

/** Older pages: one, or all. Who asks is a button, the end of the list, or an export. */
export function useOlderEvents(gate: RetryGate, context: OlderEvents) {
  const { loading, loadOne } = useOnePage(gate, context)
  const { error, retry, guarded } = useRetry(() => context.account())
  const all = shallowRef<AbortController | null>(null)
  watch(context.account, () => all.value?.abort())

  /** Rejects with what went wrong, but for "too many requests": then it goes on when it may. */
  async function loadAll(signal: AbortSignal): Promise<void> {
    const of = context.account()
    while (context.feed()?.complete === false && context.account() === of) {
      signal.throwIfAborted()
      await loadOne(signal).catch((failure: unknown) => {
        // What was stopped was somebody else's request.
        if (signal.aborted || !(isRateLimit(failure) || isStopped(failure))) throw failure
      })
    }
    signal.throwIfAborted()
  }

  function loadMore(): Promise<void> {
    return guarded(loadOne, loadMore)
  }

  async function startAll(): Promise<void> {
    if (all.value) return
    const stop = new AbortController()
    all.value = stop
    await guarded(() => loadAll(stop.signal), startAll)
    all.value = null
  }

  return {
    error,
    retry,
    loading,
    loadMore,
    loadAll,
    startAll,
    stopAll: () => all.value?.abort(),
    loadsAll: computed(() => all.value !== null),
  }
}

/** One request at a time: two who ask at once ask for the same page. */
function useOnePage(gate: RetryGate, { feed, account, add, refresh }: OlderEvents) {
  const loading = ref(false)
  let running: Promise<void> | null = null

  async function loadPage(signal?: AbortSignal): Promise<void> {
    const [known, of] = [feed(), account()]
    if (known === null || known.complete || of === null) return
    const page = await askForPage(gate, of, { page: known.nextPage, limit: PAGE_SIZE }, signal)
    if (account() !== of) return
    if (joinsAtEnd(feed() ?? known, page)) add(page)
    else await refresh()
  }

  async function loadOne(signal?: AbortSignal): Promise<void> {
    loading.value = true
    running ??= loadPage(signal).finally(() => {
      running = null
      loading.value = false
    })
    await running
  }
  return { loading, loadOne }
}

/** What failed last, and how to go on with it where it stopped. */
function useRetry(account: () => BillingAccount | null) {
  const error = shallowRef<Error | null>(null)
  let again: (() => Promise<void>) | null = null
  watch(account, () => {
    error.value = null
  })

  async function guarded(work: () => Promise<void>, repeat: () => Promise<void>): Promise<void> {
    again = repeat
    error.value = null
    try {
      await work()
    } catch (failure) {
      if (!isStopped(failure))
        error.value = failure instanceof Error ? failure : new Error(String(failure))
    }
  }
  return { error, guarded, retry: async () => again?.() }
}

function isStopped(failure: unknown): boolean {
  if (failure instanceof ApiError) return failure.code === 'cancelled'
  return failure instanceof DOMException && failure.name === 'AbortError'
}
