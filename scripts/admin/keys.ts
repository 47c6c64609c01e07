import * as z from 'zod'
import { Problem } from '../../sandbox/problem.ts'
import { findAccount } from '../../service/customers/accounts.ts'
import type { Database } from '../../service/database/open.ts'
import type { PersonAccount } from '../../service/database/schema.ts'
import { findWorkspace } from '../../service/workspaces/create.ts'
import { keyName } from '../../service/workspaces/key-name.ts'
import {
  changeKey,
  listKeys,
  listKeysOf,
  makeKey,
  revokeKey,
  scopeOf,
  type KeyScope,
  type StoredKey,
} from '../../service/workspaces/keys.ts'
import { findMembership } from '../../service/workspaces/membership.ts'
import { publicWorkspaceId } from '../../service/workspaces/workspace-id.ts'
import { argument, type Actions } from './action.ts'

/** API keys, by their id: the key itself is shown once, when it is made. */
export const keyActions: Actions = {
  list: {
    needs: ['WHO'],
    async run(asked) {
      const [db, who] = [await asked.database(), argument(asked, 0)]
      const keys = who.startsWith('ws_')
        ? await listKeys(db, scopeOf(await findWorkspace(db, who)))
        : await listKeysOf(db, who)
      return keys.length === 0 ? `${who} has no API keys.` : keys.map(describe).join('\n')
    },
  },
  make: {
    needs: ['PERSON'],
    async run(asked) {
      const { name: wanted, expires, workspace } = asked.options
      const name = wanted === undefined ? null : readName(wanted)
      const expiresAt = expires === undefined ? null : readExpiry(expires)
      const db = await asked.database()
      const person = await findPerson(db, argument(asked, 0))
      const scope = await scopeFor(db, person, workspace)
      const { key, stored } = await makeKey(db, scope, person, { name, expiresAt })
      return `${key}\n${describe(stored)}\nThe key is shown only now; the ledger stores its hash.`
    },
  },
  change: {
    needs: ['ID'],
    async run(asked) {
      const [id, { name, expires }] = [argument(asked, 0), asked.options]
      if (name === undefined && expires === undefined) {
        throw new Problem('Say what to change: --name NAME or --expires DATE.')
      }
      const change = {
        ...(name !== undefined && { name: readName(name) }),
        ...(expires !== undefined && { expiresAt: readExpiry(expires) }),
      }
      await changeKey(await asked.database(), null, id, change)
      return `${id} is changed.`
    },
  },
  revoke: {
    needs: ['ID'],
    async run(asked) {
      const id = argument(asked, 0)
      await revokeKey(await asked.database(), null, id)
      return `${id} is revoked, with every token made for it.`
    },
  },
}

async function findPerson(db: Database, subject: string): Promise<PersonAccount> {
  const person = await findAccount(db, subject)
  if (person) return person
  throw new Problem(`There is no person "${subject}". A person is named by the sub of their login.`)
}

/** The named workspace, which the person must be in, or else their own. */
async function scopeFor(
  db: Database,
  person: PersonAccount,
  publicId: string | undefined,
): Promise<KeyScope> {
  if (publicId === undefined) return { workspaceId: person.id, type: 'personal' }
  const workspace = await findWorkspace(db, publicId)
  if (await findMembership(db, person, workspace.id)) return scopeOf(workspace)
  throw new Problem(`${person.subject} is no member of ${publicId}.`)
}

function readName(text: string): string {
  const parsed = keyName.safeParse(text)
  if (parsed.success) return parsed.data
  throw new Problem('--name takes 1 to 100 characters in one line.')
}

const dateSchema = z.union([z.iso.datetime({ offset: true }), z.iso.date()])

function readExpiry(text: string): Date | null {
  if (text === 'never') return null
  const parsed = dateSchema.safeParse(text)
  const date = parsed.success ? new Date(parsed.data) : null
  if (date !== null && date.getTime() > Date.now()) return date
  throw new Problem(
    `--expires takes a date in the future like 2027-06-01, or never, not "${text}".`,
  )
}

function describe({ key, person }: StoredKey): string {
  const { id, keyPrefix, name, workspaceId, createdAt, expiresAt, revokedAt } = key
  const expired = expiresAt !== null && expiresAt.getTime() <= Date.now()
  const until = expiresAt === null ? '' : ` until ${expiresAt.toISOString()}`
  const state =
    revokedAt === null
      ? (expired ? 'expired' : 'valid') + until
      : `revoked ${revokedAt.toISOString()}`
  const where = workspaceId === null ? 'own workspace' : publicWorkspaceId(workspaceId)
  return `${id}  ${keyPrefix ?? 'unknown'}…  ${state}\n        ${name ?? 'without a name'}, of ${person.subject} for ${where}, made ${createdAt.toISOString()}`
}
