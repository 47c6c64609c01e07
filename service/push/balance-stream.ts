import { streamSSE, type SSEStreamingApi } from 'hono/streaming'
import { STREAM_HEARTBEAT_MS, streamEvents } from '@comfyui-credits/contract/balance-stream'
import type { Account } from '../database/schema.ts'
import type { Deps } from '../deps.ts'
import { ServiceError } from '../errors.ts'
import type { AppContext } from '../http/app-env.ts'
import type { AccountNotification, AccountNotifications } from './account-notifications.ts'

/** Reconnecting checks access again: logins expire, and members are removed from workspaces. */
const LIFE_MS = 10 * 60_000
/** More than the tabs anybody has open; each holds a connection. */
const MAX_PER_ACCOUNT = 30

export type StreamDeps = Pick<Deps, 'log' | 'notifications'>

/** A response that stays open and sends an event for each change of the account. */
export function answerBalanceStream(deps: StreamDeps, c: AppContext, account: Account): Response {
  // Nobody would read that stream, and so it would never end.
  if (c.req.method === 'HEAD') return c.body(null)
  if (deps.notifications.watchers(account.id) >= MAX_PER_ACCOUNT) {
    throw new ServiceError('rate-limited', 'Too many pages watch this balance. Close some.', {
      retryAfterSeconds: 60,
    })
  }
  const response = streamSSE(
    c,
    (stream) => writeEvents(stream, deps.notifications, account.id),
    async (error) => deps.log.error({ err: error, account: account.id }, 'A stream broke.'),
  )
  // Proxies must pass events on at once.
  response.headers.set('Cache-Control', 'no-store, no-transform')
  response.headers.set('X-Accel-Buffering', 'no')
  return response
}

async function writeEvents(
  stream: SSEStreamingApi,
  notifications: AccountNotifications,
  accountId: string,
): Promise<void> {
  const signals = createSignals(notifications, accountId)
  const end = () => signals.send('end')
  stream.onAbort(end)
  const life = setTimeout(end, LIFE_MS)
  const heart = setInterval(() => signals.send('beat'), STREAM_HEARTBEAT_MS)
  try {
    await stream.writeSSE({ event: streamEvents.open, data: '' })
    for (;;) {
      const signal = await signals.next()
      if (signal === 'end') return
      if (signal === 'changed') await stream.writeSSE({ event: streamEvents.changed, data: '' })
      else await stream.write(': beat\n\n')
    }
  } finally {
    clearTimeout(life)
    clearInterval(heart)
    signals.close()
  }
}

type Signal = 'beat' | AccountNotification
const weight: Readonly<Record<Signal, number>> = { beat: 0, changed: 1, end: 2 }

/** Signals sent while nobody waits merge into the weightiest, so a slow reader gets one event. */
function createSignals(notifications: AccountNotifications, accountId: string) {
  let pending: Signal | null = null
  let wake: (() => void) | null = null
  const send = (signal: Signal) => {
    if (pending === null || weight[signal] > weight[pending]) pending = signal
    wake?.()
  }
  const close = notifications.watch(accountId, send)
  return {
    send,
    close,
    async next(): Promise<Signal> {
      if (pending === null) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      const signal = pending ?? 'beat'
      pending = null
      return signal
    },
  }
}
