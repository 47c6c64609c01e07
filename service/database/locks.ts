import type pg from 'pg'

/** Advisory locks of a server. The numbers are arbitrary, but each is used for one purpose. */
export const locks = { migration: 2_110_001, reconciliation: 2_110_002 } as const

/** Runs it while holding the lock, on a connection of its own; null if the lock is taken. */
export async function holdLock<T>(
  pool: pg.Pool,
  lock: number,
  run: () => Promise<T>,
): Promise<T | null> {
  const client = await pool.connect()
  let free = false
  try {
    const { rows } = await client.query<{ taken: boolean }>(
      'select pg_try_advisory_lock($1) as taken',
      [lock],
    )
    if (rows[0]?.taken !== true) {
      free = true
      return null
    }
    const result = await run()
    await client.query('select pg_advisory_unlock($1)', [lock])
    free = true
    return result
  } finally {
    // Destroyed when it may still hold the lock: closing the connection frees it.
    client.release(!free)
  }
}
