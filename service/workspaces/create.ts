import { eq } from 'drizzle-orm'
import type { BillingRail } from '@comfyui-credits/contract/billing'
import { ensureAccount, type Person } from '../customers/accounts.ts'
import type { Database, Transaction } from '../database/open.ts'
import { accounts, workspaces, type Workspace } from '../database/schema.ts'
import { ServiceError } from '../errors.ts'
import { joinWorkspace } from './members.ts'
import { parseWorkspaceId } from './workspace-id.ts'

export interface NewTeam {
  readonly name: string
  readonly rail: BillingRail
  readonly owner: Person
  readonly members?: readonly Person[]
  /** The same reference again makes no second team; it adds the members that are new. */
  readonly reference: string
}

export async function createTeam(db: Database, team: NewTeam): Promise<Workspace> {
  const { account: owner } = await ensureAccount(db, team.owner)
  const members: string[] = []
  for (const member of team.members ?? []) {
    members.push((await ensureAccount(db, member)).account.id)
  }
  return db.transaction(async (tx) => {
    const workspace = await findOrInsert(tx, {
      name: team.name,
      rail: team.rail,
      reference: team.reference,
      email: owner.email,
    })
    await joinWorkspace(tx, workspace.id, owner.id, 'owner')
    for (const member of members) await joinWorkspace(tx, workspace.id, member, 'member')
    return workspace
  })
}

export interface OwnBillingAccount {
  readonly person: Person
  readonly rail: Exclude<BillingRail, 'legacy_stripe'>
}

/**
 * Gives a person's own workspace a billing account of its own, on a rail that is not the
 * customers'. What is on the person's account stays there.
 */
export async function createPersonalBillingAccount(
  db: Database,
  billingAccount: OwnBillingAccount,
): Promise<Workspace> {
  const { account: person } = await ensureAccount(db, billingAccount.person)
  return db.transaction(async (tx) => {
    const workspace = await findOrInsert(tx, {
      id: person.id,
      personId: person.id,
      name: 'Personal',
      rail: billingAccount.rail,
      reference: `personal:${person.id}`,
      email: person.email,
    })
    await joinWorkspace(tx, workspace.id, person.id, 'owner')
    return workspace
  })
}

/**
 * By its id as the wire has it; throws `not-found` for one without a billing account of its own.
 */
export async function findWorkspace(db: Database, publicId: string): Promise<Workspace> {
  const id = parseWorkspaceId(publicId)
  const [found] = id === null ? [] : await db.select().from(workspaces).where(eq(workspaces.id, id))
  if (found) return found
  throw new ServiceError(
    'not-found',
    'There is no workspace with a billing account of its own by this id.',
  )
}

type NewWorkspace = Pick<Workspace, 'name' | 'rail' | 'reference'> &
  Partial<Pick<Workspace, 'id' | 'personId'>> & { readonly email: string | null }

async function findOrInsert(tx: Transaction, wanted: NewWorkspace): Promise<Workspace> {
  const { email, ...fields } = wanted
  const byReference = eq(workspaces.reference, fields.reference)
  const [known] = await tx.select().from(workspaces).where(byReference)
  if (known) return known
  const [account] = await tx.insert(accounts).values({ name: fields.name, email }).returning()
  if (!account) throw new Error('The database took an account without giving it back.')
  const [made] = await tx
    .insert(workspaces)
    .values({ ...fields, accountId: account.id })
    .onConflictDoNothing({ target: workspaces.reference })
    .returning()
  if (made) return made
  // Made by another call in between; read committed sees it now.
  await tx.delete(accounts).where(eq(accounts.id, account.id))
  const [other] = await tx.select().from(workspaces).where(byReference)
  if (!other) throw new Error('A workspace conflicted with one that does not exist.')
  return other
}
