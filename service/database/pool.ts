import { once } from 'node:events'
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

/** How long a server may take to close a connection that we end. */
const FAREWELL_MS = 1_000

export interface ServerPool {
  readonly pool: pg.Pool
  /** Ends all connections; those of a server that does not answer are cut. */
  close(): Promise<void>
}

/**
 * A broken connection is replaced. Each has a listener all its life: the pool's own is for idle ones
 * only, and the error of one that is lent and waits would end the process.
 */
export function createPool(url: string, log: Logger, limits: ServerLimits): ServerPool {
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
  const connections = new Set<pg.PoolClient>()
  pool.on('connect', (client) => {
    client.on('error', report)
    connections.add(client)
  })
  pool.on('remove', (client) => connections.delete(client))
  // The same error, reported already.
  pool.on('error', () => {})
  async function close(): Promise<void> {
    const timer = setTimeout(() => connections.forEach(cut), FAREWELL_MS)
    // It does not wait for the connections that are idle.
    await pool.end()
    while (connections.size > 0) await once(pool, 'remove')
    clearTimeout(timer)
  }
  return { pool, close }
}

/** Ends a connection of its own as `ServerPool` does. */
export async function endConnection(client: pg.Client): Promise<void> {
  const timer = setTimeout(cut, FAREWELL_MS, client)
  await client.end()
  clearTimeout(timer)
}

/** Ends it without a farewell, for which a server that does not answer would let us wait. */
export function cut({ connection }: Pick<pg.Client, 'connection'>): void {
  connection.stream.destroy()
}
