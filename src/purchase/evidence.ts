import type { AccountEvent } from '../history/events.ts'
import type { Evidence, Purchase } from './flow.ts'

/** The service's clock may be behind the browser's. */
const CLOCK_SLACK_MS = 60_000

/**
 * The top-up of this purchase among the account's newest events. Our service names the session;
 * the plain contract only the amount, so there it must be new since the purchase began.
 */
export function findCredit(events: readonly AccountEvent[], purchase: Purchase): Evidence | null {
  const topUps = events.filter((event) => event.type === 'credit_added')
  const named =
    purchase.sessionId === null
      ? undefined
      : topUps.find(
          ({ sessionId, transactionId }) =>
            sessionId === purchase.sessionId || transactionId === purchase.sessionId,
        )
  const found = named ?? topUps.find((event) => couldBe(event, purchase))
  return found ? { from: 'account-event', eventId: found.id } : null
}

function couldBe(event: AccountEvent, purchase: Purchase): boolean {
  return (
    event.sessionId === null &&
    event.amountUsdMicros === purchase.usdMicros &&
    !purchase.earlierEventIds.includes(event.id) &&
    event.at !== null &&
    event.at >= purchase.startedAt - CLOCK_SLACK_MS
  )
}
