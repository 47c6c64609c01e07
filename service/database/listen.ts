import pg from 'pg'
import type { Logger } from 'pino'
import { cut } from './pool.ts'

export type StopListening = () => Promise<void>

const FIRST_PAUSE_MS = 250
/** Short: once the server is back, watchers are served again within two seconds. */
const LONGEST_PAUSE_MS = 1_000
/** A connection whose other end vanished without a word is silent, as one without news is. */
const HEARTBEAT_MS = 5_000

interface ListenOptions {
  readonly url: string
  readonly log: Logger
  /** How often the connection must prove that it works, and how long it may take to. */
  readonly heartbeatMs?: number
}

/**
 * Listens on a connection of its own, since those of a pool come and go. A broken one is replaced.
 * Notifications sent meanwhile are lost, so `onNotification(null)` then says that anything may have
 * changed. Rejects when the first connection fails.
 */
export async function listenOnServer(
  { url, log, heartbeatMs = HEARTBEAT_MS }: ListenOptions,
  channel: string,
  onNotification: (payload: string | null) => void,
): Promise<StopListening> {
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  let client = await connect()

  async function connect(): Promise<pg.Client> {
    const next = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: heartbeatMs,
      query_timeout: heartbeatMs,
    })
    next.on('notification', ({ payload }) => onNotification(payload ?? null))
    // `end` follows every error; without a listener the error would end the process.
    next.on('error', (error) => log.warn({ err: error }, 'The listening connection was lost.'))
    try {
      await next.connect()
      await next.query(`listen ${pg.escapeIdentifier(channel)}`)
    } catch (error) {
      cut(next)
      throw error
    }
    next.once('end', () => again(FIRST_PAUSE_MS))
    beat(next)
    return next
  }

  function beat(current: pg.Client): void {
    clearTimeout(timer)
    timer = setTimeout(async () => {
      try {
        await current.query('select 1')
        if (current === client && !stopped) beat(current)
      } catch (error) {
        if (stopped) return
        log.warn({ err: error }, 'The listening connection does not answer.')
        cut(current)
      }
    }, heartbeatMs)
  }

  function again(pauseMs: number): void {
    clearTimeout(timer)
    if (stopped) return
    timer = setTimeout(async () => {
      try {
        client = await connect()
        if (stopped) return cut(client)
        onNotification(null)
      } catch (error) {
        log.warn({ err: error }, 'Still not listening to the database.')
        again(Math.min(pauseMs * 2, LONGEST_PAUSE_MS))
      }
    }, pauseMs)
  }

  return async () => {
    stopped = true
    clearTimeout(timer)
    cut(client)
  }
}
