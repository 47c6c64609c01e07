import { errors } from 'jose'
import type { Caller } from '../auth/caller.ts'
import { ensureAccount, findAccount } from '../customers/accounts.ts'
import type { Account, PersonAccount } from '../database/schema.ts'
import type { Deps } from '../deps.ts'
import { ServiceError } from '../errors.ts'
import type { CallMadeBy } from '../events/record.ts'
import { membershipOf, type Membership } from '../workspaces/membership.ts'
import type { AppContext } from './app-env.ts'
import { clientAddress } from './client-address.ts'

export async function authenticateRequest(deps: Deps, c: AppContext): Promise<Caller> {
  const credentials = {
    authorization: c.req.header('Authorization'),
    apiKey: c.req.header('X-API-KEY'),
  }
  const caller = await limitedByAddress(deps, c, () => deps.authenticate(credentials))
  c.set('keyId', caller.keyId)
  return caller
}

/**
 * Counts credentials that are wrong, and refuses an address with too many of them: nobody guesses for
 * ever. None at all are no guess, and neither are those that were right until they expired.
 */
export async function limitedByAddress<T>(
  { rateLimits, trustedProxies }: Pick<Deps, 'rateLimits' | 'trustedProxies'>,
  c: AppContext,
  authenticate: () => T | Promise<T>,
): Promise<T> {
  const address = clientAddress(c, trustedProxies)
  rateLimits.refuseBlocked(address)
  try {
    return await authenticate()
  } catch (error) {
    const wrong = error instanceof ServiceError && error.code === 'unauthorized'
    const sent = c.req.header('Authorization') ?? c.req.header('X-API-KEY')
    if (wrong && sent !== undefined && !(error.cause instanceof errors.JWTExpired)) {
      await rateLimits.countWrongCredentials(address)
    }
    throw error
  }
}

/**
 * The caller as a customer: by their login, or by a key of their own. Throws `forbidden` for what was
 * made for a workspace, which does not speak for the person.
 */
async function customerOf(deps: Deps, c: AppContext): Promise<Caller> {
  const caller = await authenticateRequest(deps, c)
  const own =
    caller.method === 'identity-token' ||
    (caller.method === 'api-key' && caller.workspaceId === null)
  if (own) return caller
  throw new ServiceError('forbidden', 'This login is for a workspace, and not for its person.')
}

/** The caller's own account, created on their first call. */
export async function ensureCustomer(deps: Deps, c: AppContext) {
  const customer = await ensureAccount(deps.db, await customerOf(deps, c))
  c.set('accountId', customer.account.id)
  return customer
}

/** The same, where it does not matter whether it was created just now. */
export async function accountOf(deps: Deps, c: AppContext): Promise<PersonAccount> {
  return (await ensureCustomer(deps, c)).account
}

/** The caller's own account. Without one, the 404 that the contract has for new customers. */
export async function existingAccountOf(deps: Deps, c: AppContext): Promise<PersonAccount> {
  const { subject } = await customerOf(deps, c)
  const account = await findAccount(deps.db, subject)
  if (!account) throw new ServiceError('not-found', 'There is no customer for this login yet.')
  c.set('accountId', account.id)
  return account
}

/** Who makes a call, and the account that pays for it. */
export interface Payer {
  readonly account: Account
  readonly madeBy: CallMadeBy
}

/**
 * The account that pays for a run: the credential's workspace's, or for an identity token, which older
 * ComfyUI versions send with runs, the person's own.
 */
export async function payerOf(deps: Deps, c: AppContext): Promise<Payer> {
  const caller = await authenticateRequest(deps, c)
  const { account, person } = await payingAccount(deps, caller)
  c.set('accountId', account.id)
  return { account, madeBy: { personId: person.id, apiKeyId: caller.keyId } }
}

async function payingAccount(
  { db }: Deps,
  caller: Caller,
): Promise<Pick<Membership, 'account' | 'person'>> {
  if (caller.method !== 'identity-token') return membershipOf(db, caller)
  const { account } = await ensureAccount(db, caller)
  return { account, person: account }
}

/** The workspace of the request: the credential's, or for an identity token the person's own. */
export async function workspaceOf(deps: Deps, c: AppContext): Promise<Membership> {
  const membership = await membershipOf(deps.db, await authenticateRequest(deps, c))
  c.set('accountId', membership.account.id)
  return membership
}
