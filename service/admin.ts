import { centsFromUsdMicros } from '@comfyui-credits/contract/money'
import { ensureAccount } from './customers/accounts.ts'
import { openDatabase, type Database, type DatabaseLocation } from './database/open.ts'
import { recordEvent } from './events/record.ts'
import { appendEntry, type Appended } from './ledger/append.ts'
import { createLog } from './log.ts'
import {
  createPersonalBillingAccount,
  createTeam,
  findWorkspace,
  type NewTeam,
  type OwnBillingAccount,
} from './workspaces/create.ts'
import { listKeysOf, revokeKey, storeKey, type StoredKey } from './workspaces/keys.ts'
import { removeMember } from './workspaces/members.ts'
import { publicWorkspaceId } from './workspaces/workspace-id.ts'

export type { Person } from './customers/accounts.ts'

interface Owner {
  /** `sub` of the person's identity token. */
  readonly subject: string
  readonly email?: string
  readonly name?: string
}

/** A person's own account, or the billing account of a workspace, by its id (`ws_…`). */
type BillingAccount = Owner | { readonly workspaceId: string }

type Adjustment = BillingAccount & {
  /** Signed; 0 only creates the account. */
  readonly usdMicros: number
  /** The same reference again changes nothing; with another amount it is a conflict. */
  readonly reference: string
  /** Shown in the person's history. */
  readonly reason: string
  /** Default `adjustment`. */
  readonly kind?: 'adjustment' | 'refund'
}

/** A workspace's id as on the wire (`ws_…`). */
interface MadeWorkspace {
  readonly workspaceId: string
}

/** A key as its owner may see it. */
interface ApiKeyInfo {
  readonly id: string
  readonly name: string | null
  /** How the key begins; null: not stored. */
  readonly prefix: string | null
  /** As on the wire; null: of the person's own workspace. */
  readonly workspaceId: string | null
  readonly expiresAt: Date | null
  readonly revokedAt: Date | null
  readonly createdAt: Date
}

export interface Admin {
  /** Changes a balance; creates the person's account if there is none. */
  adjust(adjustment: Adjustment): Promise<Appended | null>
  /**
   * Creates an API key: the given one, or else a random one. It pays from the person's own
   * workspace, or from the named one, which they must belong to. Only its hash is stored, so it can
   * be read in this answer only.
   */
  createApiKey(owner: {
    subject: string
    email?: string
    key?: string
    workspaceId?: string
    /** For its owner, who may have several. */
    name?: string
    /** From then on it is refused, with every token made for it. */
    expiresAt?: Date
  }): Promise<string>
  /** A person's keys, the newest first; never the keys themselves. */
  listApiKeys(subject: string): Promise<ApiKeyInfo[]>
  /** Refuses the key from now on, on every instance, with every token made for it. */
  revokeApiKey(id: string): Promise<void>
  /** Takes a person out of a team: their keys and tokens of it are refused from now on. */
  removeMember(member: { subject: string; workspaceId: string }): Promise<void>
  /** A team with a billing account of its own, empty; the same reference again changes nothing. */
  createTeam(team: NewTeam): Promise<MadeWorkspace>
  /**
   * Gives a person's own workspace a billing account of its own, empty; to repeat it changes
   * nothing.
   */
  createPersonalBillingAccount(billingAccount: OwnBillingAccount): Promise<MadeWorkspace>
  close(): Promise<void>
}

/**
 * Support's functions, which also fill a sandbox. Opens the database itself: no running service may
 * use the same folder, but it may use the same server.
 */
export async function openAdmin(location: DatabaseLocation): Promise<Admin> {
  const database = await openDatabase(location, createLog('warn'))
  return { ...adminOf(database.db), close: database.close }
}

/** The same on a database that is open already. */
export function adminOf(db: Database): Omit<Admin, 'close'> {
  return {
    async adjust(adjustment) {
      const accountId = await accountIdOf(db, adjustment)
      return adjustment.usdMicros === 0 ? null : adjust(db, accountId, adjustment)
    },
    async createApiKey(wanted) {
      const { key, workspaceId: publicId, name = null, expiresAt = null, ...owner } = wanted
      const accountId = await accountIdOf(db, owner)
      const workspaceId = publicId === undefined ? null : (await findWorkspace(db, publicId)).id
      const made = await storeKey(db, { accountId, workspaceId }, { key, name, expiresAt })
      return made.key
    },
    async listApiKeys(subject) {
      return (await listKeysOf(db, subject)).map(({ key }) => describeKey(key))
    },
    revokeApiKey: (id) => revokeKey(db, null, id),
    async removeMember({ subject, workspaceId }) {
      await removeMember(db, await findWorkspace(db, workspaceId), subject)
    },
    async createTeam(team) {
      return { workspaceId: publicWorkspaceId((await createTeam(db, team)).id) }
    },
    async createPersonalBillingAccount(billingAccount) {
      return {
        workspaceId: publicWorkspaceId((await createPersonalBillingAccount(db, billingAccount)).id),
      }
    },
  }
}

function describeKey(key: StoredKey['key']): ApiKeyInfo {
  const { id, name, keyPrefix: prefix, workspaceId, expiresAt, revokedAt, createdAt } = key
  return {
    id,
    name,
    prefix,
    workspaceId: workspaceId === null ? null : publicWorkspaceId(workspaceId),
    expiresAt,
    revokedAt,
    createdAt,
  }
}

async function accountIdOf(db: Database, billingAccount: BillingAccount): Promise<string> {
  if ('workspaceId' in billingAccount)
    return (await findWorkspace(db, billingAccount.workspaceId)).accountId
  const { subject, email = null, name = null } = billingAccount
  return (await ensureAccount(db, { subject, email, name })).account.id
}

function adjust(db: Database, accountId: string, adjustment: Adjustment): Promise<Appended> {
  const { kind = 'adjustment', reason, reference, usdMicros } = adjustment
  return db.transaction(async (tx) => {
    const appended = await appendEntry(tx, {
      accountId,
      kind,
      amountUsdMicros: usdMicros,
      reference,
      reason,
    })
    if (!appended.repeated) {
      await recordEvent(tx, accountId, {
        type: kind === 'refund' ? 'credit_refunded' : 'credit_adjusted',
        params: {
          amount: centsFromUsdMicros(usdMicros),
          transaction_id: appended.entry.id,
          reason,
        },
      })
    }
    return appended
  })
}
