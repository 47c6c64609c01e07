import * as z from 'zod'
import { formatMinor } from './currency.ts'
import { endpoint, integer, metadataSchema, nothing } from './endpoint.ts'
import { StripeApiError } from './errors.ts'
import { findCharge, findDispute, findIntent, findRefund } from './find.ts'
import { isWanted, listEndpoint, listParams } from './list.ts'
import { chargeObject, disputeObject, refundedMinor, refundObject } from './objects.ts'
import type { Charge, Dispute, Refund } from './state.ts'
import { newId, nowSeconds, type StripeWorld } from './world.ts'

/** Money that goes back: refunds by the shop, disputes by the payer's bank. */

export function refundCharge(
  world: StripeWorld,
  charge: Charge,
  wanted: {
    amountMinor?: number | undefined
    reason?: Refund['reason']
    metadata?: Refund['metadata']
  } = {},
): Refund {
  const left = charge.amountMinor - refundedMinor(charge, world.state)
  const amountMinor = wanted.amountMinor ?? left
  if (left === 0) {
    throw new StripeApiError(`Charge ${charge.id} has already been refunded.`, {
      code: 'charge_already_refunded',
    })
  }
  if (amountMinor > left) {
    throw new StripeApiError(
      `Refund amount (${formatMinor(amountMinor, charge.currency)}) is greater than unrefunded amount on charge (${formatMinor(left, charge.currency)})`,
      { param: 'amount' },
    )
  }
  const refund: Refund = {
    id: newId('re'),
    created: nowSeconds(world),
    charge: charge.id,
    paymentIntent: charge.paymentIntent,
    amountMinor,
    currency: charge.currency,
    reason: wanted.reason ?? null,
    metadata: wanted.metadata ?? {},
  }
  world.state.refunds[refund.id] = refund
  world.emit('charge.refunded', chargeObject(charge, world))
  return refund
}

/** Stripe takes the money at once, and sends an event for that too. */
export function openDispute(
  world: StripeWorld,
  charge: Charge,
  wanted: { amountMinor?: number | undefined; reason?: string | undefined } = {},
): Dispute {
  const dispute: Dispute = {
    id: newId('dp'),
    created: nowSeconds(world),
    charge: charge.id,
    paymentIntent: charge.paymentIntent,
    amountMinor: wanted.amountMinor ?? charge.amountMinor,
    currency: charge.currency,
    reason: wanted.reason ?? 'fraudulent',
    status: 'needs_response',
  }
  world.state.disputes[dispute.id] = dispute
  world.emit('charge.dispute.created', disputeObject(dispute))
  world.emit('charge.dispute.funds_withdrawn', disputeObject(dispute))
  return dispute
}

export function closeDispute(world: StripeWorld, dispute: Dispute, outcome: 'won' | 'lost'): void {
  if (dispute.status !== 'needs_response') {
    throw new StripeApiError(`This dispute is already closed: it was ${dispute.status}.`)
  }
  dispute.status = outcome
  world.emit('charge.dispute.closed', disputeObject(dispute))
  if (outcome === 'won') world.emit('charge.dispute.funds_reinstated', disputeObject(dispute))
}

const refundParams = z.strictObject({
  charge: z.string().optional(),
  payment_intent: z.string().optional(),
  amount: integer.pipe(z.int().min(1)).optional(),
  reason: z.enum(['duplicate', 'fraudulent', 'requested_by_customer']).optional(),
  metadata: metadataSchema,
})

function chargeToRefund(world: StripeWorld, params: z.infer<typeof refundParams>): Charge {
  if (params.charge !== undefined) return findCharge(world, params.charge, 'charge')
  if (params.payment_intent !== undefined) {
    const intent = findIntent(world, params.payment_intent, 'payment_intent')
    if (intent.charge !== null) return findCharge(world, intent.charge)
    throw new StripeApiError('This PaymentIntent does not have a successful charge to refund.', {
      param: 'payment_intent',
    })
  }
  throw new StripeApiError(
    'One of the following params should be provided: payment_intent or charge.',
  )
}

const listOfPaymentParams = z.strictObject({
  ...listParams,
  charge: z.string().optional(),
  payment_intent: z.string().optional(),
})

function isOfPayment(
  row: Refund | Dispute,
  { charge, payment_intent }: z.infer<typeof listOfPaymentParams>,
): boolean {
  return isWanted(charge, row.charge) && isWanted(payment_intent, row.paymentIntent)
}

export const reversalEndpoints = [
  endpoint({
    method: 'POST',
    path: '/v1/refunds',
    params: refundParams,
    run({ params, world }) {
      const { amount: amountMinor, reason = null, metadata } = params
      const charge = chargeToRefund(world, params)
      return refundObject(refundCharge(world, charge, { amountMinor, reason, metadata }))
    },
  }),
  listEndpoint({
    path: '/v1/refunds',
    params: listOfPaymentParams,
    rows: ({ refunds }) => refunds,
    wanted: isOfPayment,
    render: refundObject,
  }),
  endpoint({
    method: 'GET',
    path: '/v1/refunds/:id',
    params: nothing,
    run: ({ id, world }) => refundObject(findRefund(world, id)),
  }),
  listEndpoint({
    path: '/v1/disputes',
    params: listOfPaymentParams,
    rows: ({ disputes }) => disputes,
    wanted: isOfPayment,
    render: disputeObject,
  }),
  endpoint({
    method: 'GET',
    path: '/v1/disputes/:id',
    params: nothing,
    run: ({ id, world }) => disputeObject(findDispute(world, id)),
  }),
  endpoint({
    method: 'POST',
    path: '/v1/disputes/:id/close',
    params: nothing,
    run({ id, world }) {
      const dispute = findDispute(world, id)
      closeDispute(world, dispute, 'lost')
      return disputeObject(dispute)
    },
  }),
]
