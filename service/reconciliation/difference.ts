import * as z from 'zod'

/**
 * What Stripe says and our records do not. Healed: they do now.
 *
 * - `payment-missed`, `end-missed`, `refund-missed`, `dispute-missed`: the news never came.
 * - `amount-differs`: paid was another amount than asked for; credited is what was paid.
 * - `currency-unusable`: paid in something else than dollars, so not credited.
 * - `credited-unpaid`: credited, and Stripe has no payment.
 * - `order-unknown`: a payment that names an order of ours which we do not have.
 * - `session-missing`: a session of ours that Stripe does not know.
 * - `refund-differs`, `dispute-differs`: the ledger says more went back, such as when a refund failed.
 */
const differenceKinds = [
  'payment-missed',
  'end-missed',
  'refund-missed',
  'dispute-missed',
  'amount-differs',
  'currency-unusable',
  'credited-unpaid',
  'order-unknown',
  'session-missing',
  'refund-differs',
  'dispute-differs',
] as const

const differenceSchema = z.object({
  kind: z.enum(differenceKinds),
  /** Stripe's id of what differs. */
  subject: z.string(),
  /** False: a person must see to it. */
  healed: z.boolean(),
  words: z.string(),
})
export type Difference = z.infer<typeof differenceSchema>

/** The answer of POST /admin/reconcile. */
export const reconciliationSchema = z.object({
  /** How many payments, refunds and disputes were compared. */
  compared: z.number(),
  differences: z.array(differenceSchema),
})
export type Reconciliation = z.infer<typeof reconciliationSchema>

/** Compares on demand, as a route asks for it. */
export interface Comparer {
  /** Everything of the last so many days. Rejects with `conflict` while another instance compares. */
  compare(days: number): Promise<Reconciliation>
}
