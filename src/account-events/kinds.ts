import { memoize } from './memoize.ts'
import type { AccountEvent } from './account-event.ts'

export type EventKind =
  | 'usage'
  | 'top-up'
  | 'refund'
  | 'dispute'
  | 'adjustment'
  | 'account'
  | 'other'

export const STARTED = 'api_usage_started'
export const COMPLETED = 'api_usage_completed'

/** Types of ComfyUI's contract, and our service's three for what that has no name for. */
const kinds = new Map<string, EventKind>([
  [STARTED, 'usage'],
  [COMPLETED, 'usage'],
  ['gpu_usage', 'usage'],
  ['api_node_usage', 'usage'],
  ['agent_usage', 'usage'],
  ['credit_added', 'top-up'],
  ['topup_completed', 'top-up'],
  ['credit_refunded', 'refund'],
  ['credit_disputed', 'dispute'],
  ['credit_adjusted', 'adjustment'],
  ['account_created', 'account'],
])

/** A type that is new and carries a charge is usage: its charge has left the account all the same. */
export function kindOf({ type, chargeUsdMicros }: AccountEvent): EventKind {
  return kinds.get(type) ?? (chargeUsdMicros === null ? 'other' : 'usage')
}

/** Usage that is over, and so has its charge. */
export function isUsage(event: AccountEvent): boolean {
  return kindOf(event) === 'usage' && event.type !== STARTED
}

export interface KnownEvents {
  /** Each once. */
  readonly all: readonly AccountEvent[]
  /** Usage that is over. */
  readonly usage: readonly AccountEvent[]
}

/** Events as the API sends them, which may be many and are asked about again with each run. */
export const knownEvents = memoize((events: readonly AccountEvent[]): KnownEvents => {
  const all = withoutRepeats(events)
  return { all, usage: all.filter(isUsage) }
})

/**
 * Each event once, and each payment once: pages overlap when something new has come, and a
 * workspace's billing account may report one payment as topup_completed and as credit_added.
 */
function withoutRepeats(events: readonly AccountEvent[]): AccountEvent[] {
  const unique = [...new Map(events.map((event) => [event.id, event])).values()]
  const added = new Set(
    unique.flatMap((event) => (event.type === 'credit_added' ? (event.transactionId ?? []) : [])),
  )
  return unique.filter(
    ({ type, transactionId }) =>
      type !== 'topup_completed' || transactionId === null || !added.has(transactionId),
  )
}

/** Null where no event has a time. There may be too many of them for `Math.min(...)`. */
export function oldestTime(events: readonly AccountEvent[]): number | null {
  return events.reduce<number | null>(
    (oldest, { at }) => (at === null || (oldest !== null && oldest <= at) ? oldest : at),
    null,
  )
}
