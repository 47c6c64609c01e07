import type { AccountEvent } from '../../account-events/account-event.ts'
import type { Evidence, Purchase } from './flow.ts'

/** The service's clock may be behind the browser's. */
const CLOCK_SLACK_MS = 60_000

const TOP_UPS = new Set(['credit_added', 'topup_completed'])

export function isTopUp({ type }: AccountEvent): boolean {
  return TOP_UPS.has(type)
}

export interface Found {
  /** By attempt. */
  readonly evidence: ReadonlyMap<string, Evidence>
  /** Attempts of which one or the other was credited, and nobody can tell which. */
  readonly unclear: ReadonlySet<string>
}

/**
 * The top-ups of these purchases among the account's newest events. Our service names the session;
 * the plain contract only the amount, so there an event must be new since the purchase began, and
 * proves a purchase only when it, or one like it, cannot have come from any other. `spent` are the
 * events that have proved other purchases already.
 */
export function findCredits(
  events: readonly AccountEvent[],
  purchases: readonly Purchase[],
  spent: ReadonlySet<string> = new Set(),
): Found {
  const topUps = withoutRepeats(events).filter(({ id }) => !spent.has(id))
  const evidence = new Map<string, Evidence>()
  const unnamed: Purchase[] = []
  for (const purchase of purchases) {
    const named = topUps.find((event) => names(event, purchase))
    if (named) evidence.set(purchase.attempt, { from: 'account-event', eventId: named.id })
    else unnamed.push(purchase)
  }
  const free = topUps.filter(({ id }) => ![...evidence.values()].some((has) => isEvent(has, id)))
  const { certain, unclear } = assign(unnamed, (purchase) =>
    free.filter((event) => couldBe(event, purchase)).map(({ id }) => id),
  )
  for (const [attempt, eventId] of certain)
    evidence.set(attempt, { from: 'account-event', eventId })
  return { evidence, unclear }
}

/**
 * A workspace's billing account may report one payment twice, as topup_completed and as
 * credit_added.
 */
function withoutRepeats(events: readonly AccountEvent[]): AccountEvent[] {
  const topUps = events.filter(isTopUp)
  return topUps.filter(
    (event, index) =>
      event.transactionId === null ||
      topUps.findIndex(({ transactionId }) => transactionId === event.transactionId) === index,
  )
}

function names(event: AccountEvent, { sessionId }: Purchase): boolean {
  return sessionId !== null && (event.sessionId === sessionId || event.transactionId === sessionId)
}

function isEvent(evidence: Evidence, id: string): boolean {
  return evidence.from === 'account-event' && evidence.eventId === id
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

type Candidates = (purchase: Purchase) => readonly string[]

/**
 * A purchase is certain when without it not all of these events could be explained: two events of
 * 25 dollars prove both of two purchases of 25, one event proves neither.
 */
function assign(purchases: readonly Purchase[], candidates: Candidates) {
  const all = match(purchases, candidates)
  const certain = new Map<string, string>()
  const unclear = new Set<string>()
  for (const purchase of purchases) {
    if (candidates(purchase).length === 0) continue
    const others = purchases.filter((other) => other !== purchase)
    const eventId = all.get(purchase.attempt)
    if (eventId !== undefined && match(others, candidates).size < all.size) {
      certain.set(purchase.attempt, eventId)
    } else unclear.add(purchase.attempt)
  }
  return { certain, unclear }
}

/** As many purchases as can have an event of their own (Kuhn's algorithm): attempt → event. */
function match(purchases: readonly Purchase[], candidates: Candidates): Map<string, string> {
  const takenBy = new Map<string, Purchase>()
  const place = (purchase: Purchase, tried: Set<string>): boolean =>
    candidates(purchase).some((id) => {
      if (tried.has(id)) return false
      tried.add(id)
      const holder = takenBy.get(id)
      if (holder && !place(holder, tried)) return false
      takenBy.set(id, purchase)
      return true
    })
  for (const purchase of purchases) place(purchase, new Set())
  return new Map([...takenBy].map(([id, purchase]) => [purchase.attempt, id]))
}

/**
 * For a billing account that lists no events: the balance rose by just this amount, what runs spent
 * in between counted in. Of several purchases nobody could tell which, so then there is none.
 */
export function proofByBalance(
  purchases: readonly Purchase[],
  balance: { readonly usdMicros: number; readonly spentUsdMicros: number | null },
): { readonly attempt: string; readonly evidence: Evidence } | null {
  const [purchase, ...others] = purchases
  if (!purchase || others.length > 0) return null
  const { usdMicros, spentUsdMicros } = balance
  if (purchase.beforeUsdMicros === null || spentUsdMicros === null) return null
  const rise = usdMicros - purchase.beforeUsdMicros + spentUsdMicros
  if (Math.abs(rise - purchase.usdMicros) > ROUNDING_USD_MICROS) return null
  return { attempt: purchase.attempt, evidence: { from: 'balance', usdMicros } }
}

/** Runs announce their price in credits with two decimals; the least that can be bought is far more. */
const ROUNDING_USD_MICROS = 10_000
