/**
 * + Server-sent events about a billing account (feature `balance_stream`), for `fetch`: an
 * EventSource cannot carry the headers of a login. `open` comes first and `changed` after every
 * commit that changed the balance or the history; both have empty data: ask for what you show.
 * Between them a comment line comes as a heartbeat. The service ends a stream now and then; then
 * open another.
 */
export const balanceStreamPaths = {
  customer: '/customers/balance/stream',
  workspace: '/api/billing/balance/stream',
} as const

/** Twice this long without a byte: the stream is dead. */
export const STREAM_HEARTBEAT_MS = 15_000

export const streamEvents = { open: 'open', changed: 'changed' } as const
