import { STREAM_HEARTBEAT_MS, streamEvents } from '@comfyui-credits/contract/balance-stream'
import type { Account } from '../database/schema.ts'
import type { Deps } from '../deps.ts'
import { ServiceError } from '../errors.ts'
import type { AppContext } from '../http/app-env.ts'

/** More than the tabs anybody has open; each holds a connection. */
const MAX_PER_ACCOUNT = 30

/** What a stream may hold that nobody has read; the longest that is ever queued is a third of it. */
const MAX_UNREAD_BYTES = 256

export type StreamDeps = Pick<Deps, 'notifications' | 'streamLifeMs'>

/** A response that stays open and sends an event for each change of the account. */
export function answerBalanceStream(deps: StreamDeps, c: AppContext, account: Account): Response {
  // Nobody would read that stream, and so it would never end.
  if (c.req.method === 'HEAD') return c.body(null)
  if (deps.notifications.watchers(account.id) >= MAX_PER_ACCOUNT) {
    throw new ServiceError('rate-limited', 'Too many pages watch this balance. Close some.', {
      retryAfterSeconds: 60,
    })
  }
  return c.body(openStream(deps, account.id), 200, {
    'Content-Type': 'text/event-stream',
    // Proxies must pass events on at once.
    'Cache-Control': 'no-store, no-transform',
    'X-Accel-Buffering': 'no',
  })
}

/**
 * Ends after its life, since access is only checked when it is opened: logins expire, and members are
 * removed from workspaces. It ends sooner if nobody reads it, and in both cases whether or not its
 * reader takes the end, so it holds no place of its account. The connection itself is closed by the
 * server (`server.ts`) once it has been silent for long.
 */
function openStream(
  { notifications, streamLifeMs }: StreamDeps,
  accountId: string,
): ReadableStream<Uint8Array> {
  // Thousands may be closed at once, and an AbortController would make an error with its stack for each.
  let isOver = false
  let stop = doNothing
  const over = (): void => {
    isOver = true
    stop()
  }
  const source: UnderlyingDefaultSource<Uint8Array> = {
    start(controller) {
      const end = () => {
        over()
        controller.close()
      }
      const unread = () => MAX_UNREAD_BYTES - (controller.desiredSize ?? 0)
      const send = (text: string) => controller.enqueue(new TextEncoder().encode(text))
      send(eventText(streamEvents.open))
      const life = setTimeout(end, streamLifeMs)
      const heart = setInterval(() => {
        // Since the last beat, nobody has taken what was there.
        if (unread() > 0) end()
        else send(': beat\n\n')
      }, STREAM_HEARTBEAT_MS)
      let isChangeSent = false
      const unwatch = notifications.watch(accountId, (notification) => {
        if (notification === 'end') return end()
        // One that is still unread says the same.
        if (isChangeSent && unread() > 0) return
        isChangeSent = true
        send(eventText(streamEvents.changed))
      })
      stop = () => {
        clearTimeout(life)
        clearInterval(heart)
        unwatch()
      }
      // The service may be ending already.
      if (isOver) stop()
    },
    cancel: over,
  }
  return new ReadableStream(
    source,
    new ByteLengthQueuingStrategy({ highWaterMark: MAX_UNREAD_BYTES }),
  )
}

function doNothing(): void {}

function eventText(event: string): string {
  return `event: ${event}\ndata: \n\n`
}
