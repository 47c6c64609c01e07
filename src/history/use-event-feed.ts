import { useQuery, useQueryCache } from '@pinia/colada'
import { computed } from 'vue'
import { ApiError } from '../api/port.ts'
import type { BillingAccount } from '../billing-account/port.ts'
import { useBillingAccountStore } from '../billing-account/store.ts'
import { useSessionStore } from '../session/store.ts'
import {
  meets,
  PAGE_SIZE,
  withNewest,
  withOlder,
  type AnsweredPage,
  type EventFeed,
} from './event-feed.ts'
import { useOlderEvents } from './use-older-events.ts'
import { askForPage, useRetryGate, type RetryGate } from './use-retry-gate.ts'

const STALE_AFTER_MS = 10_000
/** The first rows are on screen sooner. */
const FIRST_PAGE_SIZE = 50

/**
 * The account's events, newest first. A refresh asks from the first page on until it meets what is
 * known; older pages are asked for one by one, or all.
 */
export function useEventFeed() {
  const session = useSessionStore()
  const billing = useBillingAccountStore()
  const cache = useQueryCache()
  const gate = useRetryGate()
  const refreshed = walker(gate)
  const key = () => [...billing.key, 'events']
  const feed = computed(() => query.data.value ?? null)
  const mayAsk = computed(() => session.wasShown && billing.account !== null)
  const query = useQuery({
    key,
    enabled: () => mayAsk.value,
    staleTime: STALE_AFTER_MS,
    refetchOnWindowFocus: () => session.shown,
    query: async ({ signal }) => {
      if (billing.account === null) throw new ApiError('cancelled', 'There is no billing account')
      const own = key()
      return refreshed(billing.account, () => cache.getQueryData<EventFeed>(own) ?? null, signal)
    },
  })
  const older = useOlderEvents(gate, {
    feed: () => feed.value,
    account: () => billing.account,
    add(page) {
      const known = cache.getQueryData<EventFeed>(key())
      if (known) cache.setQueryData<EventFeed>(key(), withOlder(known, page))
    },
    refresh: () => query.refetch(true),
  })

  /** Asks for what is new. */
  async function refresh(): Promise<void> {
    if (mayAsk.value) await query.refetch()
  }

  async function refreshIfStale(): Promise<void> {
    if (mayAsk.value) await query.refresh()
  }

  /** Goes on where it stopped. */
  async function tryAgain(): Promise<void> {
    if (older.error.value) await older.retry()
    else await refresh()
  }

  return {
    feed,
    mayAsk,
    query,
    older,
    refresh,
    refreshIfStale,
    tryAgain,
    /** How many of the account's events are loaded, and of how many; null where it is all. */
    part: computed(() => partOf(feed.value)),
    error: computed(() => query.error.value ?? older.error.value),
    /** Until when the service wants no request; epoch milliseconds, or null. */
    waitsUntil: computed(() => gate.opensAt.value),
  }
}

function partOf(feed: EventFeed | null): { loaded: number; total: number } | null {
  return feed?.complete === false ? { loaded: feed.loaded, total: feed.total } : null
}

/**
 * Reads what is new. What a walk has read before it failed stays, and the next one goes on behind
 * it.
 */
function walker(gate: RetryGate) {
  const unfinished = new WeakMap<BillingAccount, AnsweredPage[]>()

  async function walkOn(
    account: BillingAccount,
    known: () => EventFeed | null,
    signal: AbortSignal,
  ): Promise<readonly AnsweredPage[]> {
    const pages = unfinished.get(account) ?? []
    unfinished.set(account, pages)
    for (;;) {
      const page = (pages.at(-1)?.page ?? 0) + 1
      const limit = known() === null ? FIRST_PAGE_SIZE : PAGE_SIZE
      const answer = await askForPage(gate, account, { page, limit }, signal)
      pages.push(answer)
      const feed = known()
      if (feed === null || meets(feed, answer) || answer.page >= answer.totalPages) break
    }
    unfinished.delete(account)
    return pages
  }

  return async (
    account: BillingAccount,
    known: () => EventFeed | null,
    signal: AbortSignal,
  ): Promise<EventFeed> => {
    const walk = await walkOn(account, known, signal)
    const feed = withNewest(known(), walk)
    if (gate.now() - (walk[0]?.readAt ?? 0) < STALE_AFTER_MS) return feed
    // It was begun long ago: something newer may have come since.
    return withNewest(feed, await walkOn(account, () => feed, signal))
  }
}
