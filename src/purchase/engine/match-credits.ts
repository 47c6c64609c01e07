import type { AccountEvent } from '../../account-events/account-event.ts'
import type { ClockBounds } from '../../reconciliation/best-offset.ts'
import type { Evidence, Purchase } from './flow.ts'

/** Clocks that agree are this much apart at most. */
const CLOCK_SLACK_MS = 60_000
const CLOCKS_AGREE: ClockBounds = { low: -CLOCK_SLACK_MS, high: CLOCK_SLACK_MS }

/** Nobody's clock is further off and still lets them log in. */
const MAX_OFFSET_MS = 50 * 60 * 60_000
const ANY_CLOCK: ClockBounds = { low: -MAX_OFFSET_MS, high: MAX_OFFSET_MS }

const TOP_UPS = new Set(['credit_added', 'topup_completed'])

export function isTopUp({ type }: AccountEvent): boolean {
  return TOP_UPS.has(type)
}

export interface Found {
  /** By attempt. */
  readonly evidence: ReadonlyMap<string, Evidence>
  /** Attempts of which one was credited, but it is not known which. */
  readonly unclear: ReadonlySet<string>
}

/**
 * The top-ups of these purchases among the account's newest events. Our service names the session;
 * the plain contract only the amount, so there an event must be new since the purchase began, and
 * proves a purchase only when it, or one like it, cannot have come from any other. `spent` are the
 * events that have proved other purchases already. `clock` says how far the service's clock is
 * ahead; null where that is not known.
 */
export function findCredits(
  events: readonly AccountEvent[],
  purchases: readonly Purchase[],
  spent: ReadonlySet<string> = new Set(),
  clock: ClockBounds | null = CLOCKS_AGREE,
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
  const { certain, unclear } = findByAmount(free, unnamed, clock)
  for (const [attempt, eventId] of certain)
    evidence.set(attempt, { from: 'account-event', eventId })
  return { evidence, unclear }
}

/** Of those that no event names. */
function findByAmount(
  events: readonly AccountEvent[],
  purchases: readonly Purchase[],
  clock: ClockBounds | null,
) {
  const fits = purchases.map((purchase) => ({
    purchase,
    possible: events.filter(
      (event) => isOfAmount(event, purchase) && isSince(event, purchase, clock),
    ),
  }))
  // What may be older than every purchase that it fits proves none.
  const proving = new Set(
    fits.flatMap(({ purchase, possible }) =>
      possible.filter((event) => isNewFor(event, purchase, clock)).map(({ id }) => id),
    ),
  )
  const idsOf = new Map(
    fits.map(({ purchase, possible }) => [
      purchase,
      possible.map(({ id }) => id).filter((id) => proving.has(id)),
    ]),
  )
  const { certain, unclear } = assign(purchases, (purchase) => idsOf.get(purchase) ?? [])
  const others = fits.filter(
    ({ purchase, possible }) => possible.length > 0 && !certain.has(purchase.attempt),
  )
  return { certain, unclear: new Set([...unclear, ...others.map((one) => one.purchase.attempt)]) }
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

function isOfAmount(event: AccountEvent, purchase: Purchase): boolean {
  return (
    event.sessionId === null &&
    event.amountUsdMicros === purchase.usdMicros &&
    !purchase.earlierEventIds.includes(event.id)
  )
}

/** Between which times of the service the purchase began. */
function beginOf({ serverStart, startedAt }: Purchase, clock: ClockBounds | null): ClockBounds {
  if (serverStart) return { low: serverStart.low - SERVERS_APART_MS, high: serverStart.high }
  const { low, high } = clock ?? ANY_CLOCK
  return { low: startedAt + low, high: startedAt + high }
}

/** A service has several servers. */
const SERVERS_APART_MS = 5000

/** Whether the event can have come since the purchase began. */
function isSince({ at }: AccountEvent, purchase: Purchase, clock: ClockBounds | null): boolean {
  return at !== null && at >= beginOf(purchase, clock).low
}

/**
 * Whether it certainly has: it was not among the earlier top-ups, or its time is later. Clocks
 * that are known as well as this leave no room for another top-up of the same amount.
 */
function isNewFor({ at }: AccountEvent, purchase: Purchase, clock: ClockBounds | null): boolean {
  if (purchase.earlierKnown ?? purchase.earlierEventIds.length > 0) return true
  const { low, high } = beginOf(purchase, clock)
  return high - low <= 2 * CLOCK_SLACK_MS || (at !== null && at >= high)
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
 * For a billing account that lists no events: the balance rose by just this amount, with what
 * runs spent in between counted in. With several purchases it is unclear which, so there is no proof.
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

/** Runs announce prices in credits with two decimals; the smallest top-up is far more than that. */
const ROUNDING_USD_MICROS = 10_000
