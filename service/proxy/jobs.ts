import { and, eq } from 'drizzle-orm'
import type { Database, Transaction } from '../database/open.ts'
import { partnerJobs } from '../database/schema.ts'
import { products } from './catalog.ts'
import { isJobId } from './job-id.ts'

/** A job that a partner works on. Its result belongs to the account that paid for it. */
export interface PartnerJob {
  /** Of the product. */
  readonly path: string
  /** The partner's own id. */
  readonly id: string
}

/** The job that a GET of this path (without `/proxy`) asks for, or null. */
export function findJob(path: string): PartnerJob | null {
  for (const product of products) {
    if (!path.startsWith(`${product.path}/`)) continue
    const id = path.slice(product.path.length + 1)
    if (isJobId(id)) return { path: product.path, id }
  }
  return null
}

export async function recordJob(
  tx: Transaction,
  accountId: string,
  { path, id }: PartnerJob,
): Promise<void> {
  await tx.insert(partnerJobs).values({ accountId, path, jobId: id }).onConflictDoNothing()
}

export async function ownsJob(
  db: Database,
  accountId: string,
  { path, id }: PartnerJob,
): Promise<boolean> {
  const [found] = await db
    .select({ jobId: partnerJobs.jobId })
    .from(partnerJobs)
    .where(
      and(
        eq(partnerJobs.accountId, accountId),
        eq(partnerJobs.path, path),
        eq(partnerJobs.jobId, id),
      ),
    )
  return found !== undefined
}
