import type { Caller } from '../auth/caller.ts'
import { ensureAccount, findAccount } from '../customers/accounts.ts'
import type { Account } from '../database/schema.ts'
import type { Deps } from '../deps.ts'
import { ServiceError } from '../errors.ts'
import type { AppContext } from './app-env.ts'

export function authenticateRequest(deps: Deps, c: AppContext): Promise<Caller> {
  return deps.authenticate({
    authorization: c.req.header('Authorization'),
    apiKey: c.req.header('X-API-KEY'),
  })
}

/** The caller's account, made when this is the first we see of them. */
export async function accountOf(deps: Deps, c: AppContext): Promise<Account> {
  const { account } = await ensureAccount(deps.db, await authenticateRequest(deps, c))
  c.set('accountId', account.id)
  return account
}

/** The caller's account; who has none gets the 404 that the contract has for new customers. */
export async function existingAccountOf(deps: Deps, c: AppContext): Promise<Account> {
  const { subject } = await authenticateRequest(deps, c)
  const account = await findAccount(deps.db, subject)
  if (!account) throw new ServiceError('not-found', 'There is no customer for this login yet.')
  c.set('accountId', account.id)
  return account
}
