import { streamSSE, type SSEStreamingApi } from 'hono/streaming'
import { STREAM_HEARTBEAT_MS, streamEvents } from '@comfyui-credits/contract/balance-stream'
import type { Account } from '../database/schema.ts'
import type { Deps } from '../deps.ts'
import { ServiceError } from '../errors.ts'
import type { AppContext } from '../http/app-env.ts'
import type { AccountNews, AccountWord } from './account-notifications.ts'

/** Who was let in is asked again: a login ends, and a member may be taken out of a workspace. */
const LIFE_MS = 10 * 60_000
/** More tabs than anybody has open; each holds a connection. */
const MAX_PER_ACCOUNT = 30

export type StreamDeps = Pick<Deps, 'log' | 'news'>

/** An answer that goes on: it tells of each change of the account until somebody ends it. */
export function answerBalanceStream(deps: StreamDeps, c: AppContext, account: Account): Response {
  if (deps.news.watchers(account.id) >= MAX_PER_ACCOUNT) {
    throw new ServiceError('rate-limited', 'Too many pages watch this balance. Close some.', {
      retryAfterSeconds: 60,
    })
  }
  const response = streamSSE(
    c,
    (stream) => tell(stream, deps.news, account.id),
    async (error) => deps.log.error({ err: error, account: account.id }, 'A stream broke.'),
  )
  // Proxies must pass it on as it comes.
  response.headers.set('Cache-Control', 'no-cache, no-transform')
  response.headers.set('X-Accel-Buffering', 'no')
  return response
}

async function tell(stream: SSEStreamingApi, news: AccountNews, accountId: string): Promise<void> {
  const alarm = createAlarm(news, accountId)
  const end = () => alarm.ring('end')
  stream.onAbort(end)
  const life = setTimeout(end, LIFE_MS)
  const heart = setInterval(() => alarm.ring('beat'), STREAM_HEARTBEAT_MS)
  try {
    await stream.writeSSE({ event: streamEvents.open, data: '' })
    for (;;) {
      const rung = await alarm.next()
      if (rung === 'end') return
      if (rung === 'changed') await stream.writeSSE({ event: streamEvents.changed, data: '' })
      else await stream.write(': beat\n\n')
    }
  } finally {
    clearTimeout(life)
    clearInterval(heart)
    alarm.close()
  }
}

type Ring = 'beat' | AccountWord
const weight: Readonly<Record<Ring, number>> = { beat: 0, changed: 1, end: 2 }

/** Many rings while nobody waits are one, the weightiest: a slow reader is told once. */
function createAlarm(news: AccountNews, accountId: string) {
  let rung: Ring | null = null
  let wake: (() => void) | null = null
  const ring = (what: Ring) => {
    if (rung === null || weight[what] > weight[rung]) rung = what
    wake?.()
  }
  const close = news.watch(accountId, ring)
  return {
    ring,
    close,
    async next(): Promise<Ring> {
      if (rung === null) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      const what = rung ?? 'beat'
      rung = null
      return what
    },
  }
}
