import { randomBytes } from 'node:crypto'
import type { State } from './state.ts'

/** What every part of the stand-in shares. */
export interface StripeWorld {
  readonly state: State
  /** Epoch milliseconds. */
  readonly now: () => number
  /** How browsers reach the stand-in, without a trailing slash. */
  readonly publicUrl: string
  /** The only key that pages may pay with; null: none may. */
  readonly publishableKey: string | null
  /** Records an event of Stripe about `object` and queues it for the webhook endpoint. */
  readonly emit: (type: string, object: Record<string, unknown>) => void
}

export function nowSeconds(world: Pick<StripeWorld, 'now'>): number {
  return Math.floor(world.now() / 1000)
}

/** An id of Stripe's form. Unguessable: a session's id is all that opens its payment page. */
export function newId(prefix: string): string {
  return `${prefix}_${randomBytes(20).toString('hex')}`
}
