import * as z from 'zod'

/**
 * Where our records differ from Stripe. Healed: they no longer do.
 *
 * - `payment-missed`, `end-missed`, `refund-missed`, `dispute-missed`: the event never arrived.
 * - `amount-differs`: the payer paid another amount than asked for; that amount is credited.
 * - `currency-unusable`: not paid in dollars, so not credited.
 * - `credited-unpaid`: credited, but Stripe has no payment.
 * - `order-unknown`: the payment names an order that we do not have.
 * - `session-missing`: Stripe does not know our session.
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
  /** False: a person must handle it. */
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

/** Compares on demand, for a route. */
export interface Comparer {
  /** Everything from the last days. Rejects with `conflict` while another instance compares. */
  compare(days: number): Promise<Reconciliation>
}
