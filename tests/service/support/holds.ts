import { randomUUID } from 'node:crypto'
import type { Database } from '../../../service/database/open.ts'
import { holds, type Hold } from '../../../service/database/schema.ts'

/** A call that runs, admitted whatever the account has. */
export async function openTestHold(
  db: Database,
  accountId: string,
  hold: Partial<Hold> = {},
): Promise<Hold> {
  const [opened] = await db
    .insert(holds)
    .values({
      id: randomUUID(),
      accountId,
      path: '/aurora/v1/images',
      terms: { quality: 'low', n: 1 },
      estimateUsdMicros: 20_000,
      expiresAt: new Date(Date.now() + 60_000),
      ...hold,
    })
    .returning()
  if (!opened) throw new Error('The hold was not opened.')
  return opened
}
