import pg from 'pg'
import type { Logger } from 'pino'

/** What one process asks of a server, so that nothing waits without an end. */
export interface ServerLimits {
  /** Connections at once. */
  readonly poolSize: number
  /** How long a request may wait for one of them, or for a new one. */
  readonly connectMs: number
  readonly statementMs: number
  /** How long a statement may wait for rows that another transaction holds. */
  readonly lockMs: number
}

export const DEFAULT_LIMITS: ServerLimits = {
  poolSize: 20,
  connectMs: 10_000,
  statementMs: 15_000,
  lockMs: 5_000,
}

/** How much longer than the server's own limit we wait for it to say so. */
const GRACE_MS = 2_000

/**
 * A broken connection is replaced. Each has a listener all its life: the pool's own is for idle ones
 * only, and the error of one that is lent and waits would end the process.
 */
export function createPool(url: string, log: Logger, limits: ServerLimits): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: limits.poolSize,
    connectionTimeoutMillis: limits.connectMs,
    statement_timeout: limits.statementMs,
    lock_timeout: limits.lockMs,
    // For a server that is frozen, or a network that lost it.
    query_timeout: limits.statementMs + GRACE_MS,
    keepAlive: true,
  })
  const report = (error: Error) => log.warn({ err: error }, 'A database connection was lost.')
  pool.on('connect', (client) => client.on('error', report))
  // The same error, reported already.
  pool.on('error', () => {})
  return pool
}
