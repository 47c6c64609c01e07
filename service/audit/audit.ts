import { sql } from 'drizzle-orm'
import * as z from 'zod'
import type { Database, Transaction } from '../database/open.ts'
import { checks } from './checks.ts'

export interface Finding {
  readonly check: string
  /** The id of the row that is wrong. */
  readonly subject: string
  readonly words: string
}

const resultSchema = z.object({
  rows: z.array(z.object({ subject: z.string(), words: z.string() })),
})

/** Everything that is wrong with a ledger, at one moment; calls may go on meanwhile. */
export function audit(db: Pick<Database, 'transaction'>): Promise<Finding[]> {
  return db.transaction(findingsIn, { isolationLevel: 'repeatable read', accessMode: 'read only' })
}

/** The same of what a transaction sees. */
export async function findingsIn(tx: Pick<Transaction, 'execute'>): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const [check, query] of Object.entries(checks)) {
    const { rows } = resultSchema.parse(await tx.execute(sql.raw(query)))
    findings.push(...rows.map((row) => ({ check, ...row })))
  }
  return findings
}
