import { eq, sql } from 'drizzle-orm'
import type { Database } from '../database/open.ts'
import { readPositions } from '../database/schema.ts'

/**
 * How far a list of Stripe was read, in epoch seconds, for the next round of any instance, also after
 * a restart. It is Stripe's time of what was read, so it does not depend on our clock. Null: never.
 */
export async function readPosition(db: Database, list: string): Promise<number | null> {
  const [position] = await db.select().from(readPositions).where(eq(readPositions.list, list))
  return position ? Math.floor(position.newestAt.getTime() / 1_000) : null
}

/** Never back. */
export async function moveReadPosition(
  db: Database,
  list: string,
  newestSeconds: number,
): Promise<void> {
  await db
    .insert(readPositions)
    .values({ list, newestAt: new Date(newestSeconds * 1_000) })
    .onConflictDoUpdate({
      target: readPositions.list,
      set: { newestAt: sql`greatest(${readPositions.newestAt}, excluded.newest_at)` },
    })
}
