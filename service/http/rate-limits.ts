import { lt, sql } from 'drizzle-orm'
import { RateLimiterDrizzle, RateLimiterRes } from 'rate-limiter-flexible'
import type { Database } from '../database/open.ts'
import { rateLimits } from '../database/schema.ts'
import { ServiceError } from '../errors.ts'

/** So many within so many seconds, counted from the first. */
export interface Rate {
  readonly points: number
  readonly seconds: number
}

/** Null: no limit. */
export interface Rates {
  /** Of an address. */
  readonly wrongCredentials: Rate | null
  /** Of an account, however it is paid. */
  readonly purchases: Rate | null
  /** To Stripe, about the payments and cards of an account. */
  readonly questions: Rate | null
  /** Of partners, by an account. */
  readonly calls: Rate | null
  /** Of partners, by an API key. */
  readonly keyCalls: Rate | null
}

/** Counted in the database, so that all instances agree. Each throws `rate-limited` (429). */
export interface RateLimits {
  /** For an address that has sent too many wrong credentials. */
  refuseBlocked(address: string | null): void
  countWrongCredentials(address: string | null): Promise<void>
  /** One that is started, or a visit of Stripe's portal: either makes something at Stripe. */
  countPurchase(accountId: string): Promise<void>
  /** Before Stripe is asked about a payment or a card. */
  countQuestion(accountId: string): Promise<void>
  countCall(accountId: string, keyId: string | null): Promise<void>
}

export function createRateLimits(db: Database, rates: Rates): RateLimits {
  const wrong = counter(db, 'wrong', rates.wrongCredentials)
  const purchases = counter(db, 'purchase', rates.purchases)
  const questions = counter(db, 'question', rates.questions)
  const calls = counter(db, 'call', rates.calls)
  const keyCalls = counter(db, 'key', rates.keyCalls)
  const blocked = new Blocked()
  return {
    refuseBlocked(address) {
      const ms = address === null ? 0 : blocked.msLeft(address)
      if (ms > 0) throw tooManyWrong(ms)
    },
    async countWrongCredentials(address) {
      if (address === null) return
      const ms = await wrong(address)
      if (ms === 0) return
      blocked.add(address, ms)
      throw tooManyWrong(ms)
    },
    async countPurchase(accountId) {
      const ms = await purchases(accountId)
      if (ms > 0) throw refusal('Too many purchases were started. Try again later.', ms)
    },
    async countQuestion(accountId) {
      const ms = await questions(accountId)
      if (ms > 0) throw refusal('Too many questions about payments. Try again shortly.', ms)
    },
    async countCall(accountId, keyId) {
      const ms = (keyId === null ? 0 : await keyCalls(keyId)) || (await calls(accountId))
      if (ms > 0) throw refusal('Too many API calls were made. Try again shortly.', ms)
    },
  }
}

function tooManyWrong(ms: number): ServiceError {
  return refusal('Too many wrong logins came from your network. Try again later.', ms)
}

function refusal(message: string, ms: number): ServiceError {
  return new ServiceError('rate-limited', message, { retryAfterSeconds: Math.ceil(ms / 1_000) })
}

/** Counts one; resolves with the milliseconds to wait, or 0. */
function counter(
  db: Database,
  keyPrefix: string,
  rate: Rate | null,
): (key: string) => Promise<number> {
  if (rate === null) return async () => 0
  const limiter = new RateLimiterDrizzle({
    storeClient: db,
    schema: rateLimits,
    keyPrefix,
    points: rate.points,
    duration: rate.seconds,
    // Once over it, a flood is refused without asking the database.
    inMemoryBlockOnConsumed: rate.points + 1,
    // By our own clock instead, which ends with the service.
    clearExpiredByTimeout: false,
  })
  return async (key) => {
    try {
      await limiter.consume(key)
      return 0
    } catch (error) {
      if (error instanceof RateLimiterRes) return Math.max(1, error.msBeforeNext)
      throw error
    }
  }
}

/** Addresses that are refused before their credentials are looked at. */
class Blocked {
  readonly #until = new Map<string, number>()

  add(address: string, ms: number): void {
    const now = Date.now()
    for (const [known, until] of this.#until) if (until <= now) this.#until.delete(known)
    this.#until.set(address, now + ms)
  }

  msLeft(address: string): number {
    return (this.#until.get(address) ?? 0) - Date.now()
  }
}

/** Forgets what no longer limits anybody. */
export async function clearRateLimits(db: Database): Promise<void> {
  await db.delete(rateLimits).where(lt(rateLimits.expire, sql`now()`))
}
