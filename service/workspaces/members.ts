import { and, eq, isNull, ne, sql } from 'drizzle-orm'
import type { WorkspaceRole } from '@comfyui-credits/contract/members'
import type { Database, Transaction } from '../database/open.ts'
import {
  accounts,
  apiKeys,
  workspaceMembers,
  workspaces,
  type Workspace,
} from '../database/schema.ts'
import { ServiceError } from '../errors.ts'

/** Who is in a workspace. Every request asks for it, so a change counts at once on all instances. */

/** A person who joins again gets no old keys back: those from before are revoked. */
export async function joinWorkspace(
  tx: Transaction,
  workspaceId: string,
  personId: string,
  role: WorkspaceRole,
): Promise<void> {
  const joined = await tx
    .insert(workspaceMembers)
    .values({ workspaceId, personId, role })
    .onConflictDoNothing()
    .returning()
  if (joined.length === 0) return
  await tx
    .update(apiKeys)
    .set({ revokedAt: sql`clock_timestamp()` })
    .where(
      and(
        eq(apiKeys.workspaceId, workspaceId),
        eq(apiKeys.accountId, personId),
        isNull(apiKeys.revokedAt),
      ),
    )
}

/**
 * False if the person is no member. Throws `conflict` for the last owner: somebody must be able to
 * pay.
 */
export function removeMember(
  db: Database,
  workspace: Pick<Workspace, 'id'>,
  subject: string,
): Promise<boolean> {
  return db.transaction(async (tx) => {
    // One removal at a time: two owners must not remove each other.
    await tx.select().from(workspaces).where(eq(workspaces.id, workspace.id)).for('update')
    const [member] = await tx
      .select({ personId: workspaceMembers.personId })
      .from(workspaceMembers)
      .innerJoin(accounts, eq(accounts.id, workspaceMembers.personId))
      .where(and(eq(accounts.subject, subject), eq(workspaceMembers.workspaceId, workspace.id)))
    if (!member) return false
    await keepAnOwner(tx, workspace, member.personId)
    await tx
      .delete(workspaceMembers)
      .where(
        and(
          eq(workspaceMembers.workspaceId, workspace.id),
          eq(workspaceMembers.personId, member.personId),
        ),
      )
    return true
  })
}

async function keepAnOwner(
  tx: Transaction,
  { id }: Pick<Workspace, 'id'>,
  leaving: string,
): Promise<void> {
  const [owner] = await tx
    .select({ personId: workspaceMembers.personId })
    .from(workspaceMembers)
    .where(
      and(
        eq(workspaceMembers.workspaceId, id),
        ne(workspaceMembers.personId, leaving),
        eq(workspaceMembers.role, 'owner'),
      ),
    )
    .limit(1)
  if (owner) return
  throw new ServiceError('conflict', 'The last owner of a workspace cannot be removed.')
}
