import type { Caller } from '../auth/caller.ts'
import { ensureAccount, findAccount } from '../customers/accounts.ts'
import type { Account, PersonAccount } from '../database/schema.ts'
import type { Deps } from '../deps.ts'
import { ServiceError } from '../errors.ts'
import { membershipOf, type Membership } from '../workspaces/membership.ts'
import type { AppContext } from './app-env.ts'

export function authenticateRequest(deps: Deps, c: AppContext): Promise<Caller> {
  return deps.authenticate({
    authorization: c.req.header('Authorization'),
    apiKey: c.req.header('X-API-KEY'),
  })
}

/** The caller's own account, made when this is the first we see of them. */
export async function accountOf(deps: Deps, c: AppContext): Promise<PersonAccount> {
  const { account } = await ensureAccount(deps.db, await authenticateRequest(deps, c))
  c.set('accountId', account.id)
  return account
}

/** The caller's own account; who has none gets the 404 that the contract has for new customers. */
export async function existingAccountOf(deps: Deps, c: AppContext): Promise<PersonAccount> {
  const { subject } = await authenticateRequest(deps, c)
  const account = await findAccount(deps.db, subject)
  if (!account) throw new ServiceError('not-found', 'There is no customer for this login yet.')
  c.set('accountId', account.id)
  return account
}

/**
 * What a run is paid from: the workspace that the credential speaks for, and for an identity token,
 * which older ComfyUIs send with runs, the person's own account.
 */
export async function payerOf(deps: Deps, c: AppContext): Promise<Account> {
  const caller = await authenticateRequest(deps, c)
  const account =
    caller.method === 'identity-token'
      ? (await ensureAccount(deps.db, caller)).account
      : (await membershipOf(deps.db, caller)).account
  c.set('accountId', account.id)
  return account
}

/** The workspace that is asked about: the credential's, and for an identity token the own one. */
export async function workspaceOf(deps: Deps, c: AppContext): Promise<Membership> {
  const membership = await membershipOf(deps.db, await authenticateRequest(deps, c))
  c.set('accountId', membership.account.id)
  return membership
}
