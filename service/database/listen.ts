import pg from 'pg'
import type { Logger } from 'pino'

export type StopListening = () => Promise<void>

const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 10_000

/**
 * Listens on a connection of its own, since those of a pool come and go. A broken one is replaced.
 * Notifications sent meanwhile are lost, so `onNotification(null)` then says that anything may have
 * changed. Rejects when the first connection fails.
 */
export async function listenOnServer(
  { url, log }: { readonly url: string; readonly log: Logger },
  channel: string,
  onNotification: (payload: string | null) => void,
): Promise<StopListening> {
  let stopped = false
  let retry: NodeJS.Timeout | undefined
  let client = await connect()

  async function connect(): Promise<pg.Client> {
    const next = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
    next.on('notification', ({ payload }) => onNotification(payload ?? null))
    // `end` follows every error; without a listener the error would end the process.
    next.on('error', (error) => log.warn({ err: error }, 'The listening connection was lost.'))
    try {
      await next.connect()
      await next.query(`listen ${pg.escapeIdentifier(channel)}`)
    } catch (error) {
      await next.end()
      throw error
    }
    next.once('end', () => again(FIRST_PAUSE_MS))
    return next
  }

  function again(pauseMs: number): void {
    if (stopped) return
    retry = setTimeout(async () => {
      try {
        const next = await connect()
        if (stopped) return void (await next.end())
        client = next
        onNotification(null)
      } catch (error) {
        log.warn({ err: error }, 'Still not listening to the database.')
        again(Math.min(pauseMs * 2, LONGEST_PAUSE_MS))
      }
    }, pauseMs)
  }

  return async () => {
    stopped = true
    clearTimeout(retry)
    await client.end()
  }
}
