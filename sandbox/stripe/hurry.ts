import type { StripeWorld } from './world.ts'

/** Whatever waits for the clock is due now: late payments, and events that are still to be sent. */
export function hurry({ state, now }: StripeWorld): void {
  const { sessions, paymentIntents, outbox } = state
  for (const payment of [...Object.values(sessions), ...Object.values(paymentIntents)]) {
    if (payment.settlement !== null) payment.settlement.atMs = now()
  }
  for (const delivery of outbox) delivery.dueMs = Math.min(delivery.dueMs, now())
}
