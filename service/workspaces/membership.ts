import { and, asc, desc, eq } from 'drizzle-orm'
import type { BillingRail } from '@comfyui-credits/contract/billing'
import type { WorkspaceRole, WorkspaceType } from '@comfyui-credits/contract/members'
import type { Caller } from '../auth/caller.ts'
import { ensureAccount } from '../customers/accounts.ts'
import type { Database } from '../database/open.ts'
import {
  accounts,
  workspaceMembers,
  workspaces,
  type Account,
  type PersonAccount,
  type Workspace,
  type WorkspaceMember,
} from '../database/schema.ts'
import { ServiceError } from '../errors.ts'

/** A person in a workspace. */
export interface Membership {
  readonly workspace: {
    /** In the database; workspace-id.ts has the wire's. */
    readonly id: string
    readonly name: string
    readonly type: WorkspaceType
    readonly rail: BillingRail
    readonly createdAt: Date
  }
  readonly role: WorkspaceRole
  readonly joinedAt: Date
  readonly person: PersonAccount
  /** What pays: of a personal workspace on `legacy_stripe` the person's own. */
  readonly account: Account
}

/** The workspace a credential speaks for; for one that names none, the person's own. */
export async function membershipOf(db: Database, caller: Caller): Promise<Membership> {
  const { account: person } = await ensureAccount(db, caller)
  const membership = await findMembership(db, person, caller.workspaceId ?? person.id)
  if (membership) return membership
  throw new ServiceError('no_workspace_access', 'You are no member of this workspace any more.')
}

/** Null for a workspace that there is not, or that the person is not in. */
export async function findMembership(
  db: Database,
  person: PersonAccount,
  workspaceId: string,
): Promise<Membership | null> {
  const [row] = await selectMemberships(db).where(
    and(eq(workspaceMembers.personId, person.id), eq(workspaces.id, workspaceId)),
  )
  if (row) return toMembership(person, row)
  return workspaceId === person.id ? ownWorkspace(person) : null
}

/** All workspaces of a person: their own first, then teams in the order they were joined. */
export async function listMemberships(db: Database, person: PersonAccount): Promise<Membership[]> {
  const rows = await selectMemberships(db)
    .where(eq(workspaceMembers.personId, person.id))
    .orderBy(asc(workspaceMembers.joinedAt), asc(workspaces.id))
  const memberships = rows.map((row) => toMembership(person, row))
  const own = memberships.find(({ workspace }) => workspace.type === 'personal')
  return [
    own ?? ownWorkspace(person),
    ...memberships.filter(({ workspace }) => workspace.type === 'team'),
  ]
}

export interface Member {
  readonly person: Account
  readonly role: WorkspaceRole
  readonly joinedAt: Date
}

/** Everyone in the workspace, in the order they joined; the first owner is the original one. */
export async function listMembers(db: Database, membership: Membership): Promise<Member[]> {
  const { workspace, person, role, joinedAt } = membership
  if (workspace.type === 'personal') return [{ person, role, joinedAt }]
  return listMembersOf(db, workspace.id)
}

/** The same of a workspace with a billing account of its own, by its id in the database. */
export function listMembersOf(db: Database, workspaceId: string): Promise<Member[]> {
  return (
    db
      .select({
        person: accounts,
        role: workspaceMembers.role,
        joinedAt: workspaceMembers.joinedAt,
      })
      .from(workspaceMembers)
      .innerJoin(accounts, eq(accounts.id, workspaceMembers.personId))
      .where(eq(workspaceMembers.workspaceId, workspaceId))
      // Owners first ('owner' > 'member'), among those who joined at the same time.
      .orderBy(
        desc(workspaceMembers.role),
        asc(workspaceMembers.joinedAt),
        asc(workspaceMembers.personId),
      )
  )
}

interface Row {
  readonly workspace: Workspace
  readonly member: WorkspaceMember
  readonly account: Account
}

function selectMemberships(db: Database) {
  return db
    .select({ workspace: workspaces, member: workspaceMembers, account: accounts })
    .from(workspaceMembers)
    .innerJoin(workspaces, eq(workspaces.id, workspaceMembers.workspaceId))
    .innerJoin(accounts, eq(accounts.id, workspaces.accountId))
}

function toMembership(person: PersonAccount, { workspace, member, account }: Row): Membership {
  const { id, name, rail, createdAt } = workspace
  if (workspace.personId !== null) {
    const own = ownWorkspace(person)
    return { ...own, workspace: { ...own.workspace, rail }, account }
  }
  const { role, joinedAt } = member
  return { workspace: { id, name, type: 'team', rail, createdAt }, role, joinedAt, person, account }
}

/** Everybody has it without a row: it follows from the account, which also pays. */
function ownWorkspace(person: PersonAccount): Membership {
  const { id, createdAt } = person
  return {
    workspace: {
      id,
      name: `${person.name ?? person.email ?? 'Personal'} (personal)`,
      type: 'personal',
      rail: 'legacy_stripe',
      createdAt,
    },
    role: 'owner',
    joinedAt: createdAt,
    person,
    account: person,
  }
}
