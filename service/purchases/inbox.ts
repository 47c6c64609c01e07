import { setTimeout as wait } from 'node:timers/promises'
import {
  and,
  asc,
  desc,
  eq,
  inArray,
  isNotNull,
  isNull,
  lte,
  notInArray,
  or,
  sql,
} from 'drizzle-orm'
import type { Stripe } from 'stripe'
import type { Database } from '../database/open.ts'
import { webhookEvents, webhookProblems, type WebhookEvent } from '../database/schema.ts'
import { ServiceError } from '../errors.ts'
import { inParallel } from '../in-parallel.ts'
import type { PaymentDeps } from './payment-deps.ts'
import { settleEvent } from './stripe-events.ts'
import { idOf } from './stripe.ts'

/**
 * Events of Stripe are stored first and processed then: at once, and by the clock of any instance
 * until it succeeds. Those of one payment are processed one after the other. An event that is
 * delivered again is the same event.
 */

export interface InboxDeps extends PaymentDeps {
  /** Of the secret key; null: it does not say. */
  readonly livemode: boolean | null
}

/** A process that dies delays its event by this. One that is slower may be joined by another. */
const CLAIM_S = 5
const FIRST_PAUSE_S = 5
const LONGEST_PAUSE_S = 900
/** About five hours. The reconciliation goes on without it. */
const MAX_ATTEMPTS = 27
/** How long a delivery waits for another one of its payment. */
const TURN_MS = (CLAIM_S + 1) * 1_000
const TURN_PAUSE_MS = 50

/** Resolves once the event is stored, and processed if it can be now. */
export async function receiveEvent(
  deps: InboxDeps,
  event: Stripe.Event,
  payload: string,
): Promise<void> {
  const { id, type, livemode } = event
  const payment = paymentOf(event) ?? id
  const createdAt = new Date(event.created * 1_000)
  await deps.db
    .insert(webhookEvents)
    .values({ id, type, subject: subjectOf(event), payment, livemode, payload, createdAt })
    .onConflictDoNothing()
  const deadline = Date.now() + TURN_MS
  await processPayment(deps, payment, id)
  while ((await isBusy(deps, payment)) && Date.now() < deadline) {
    await wait(TURN_PAUSE_MS)
    await processPayment(deps, payment)
  }
}

function subjectOf({ data: { object } }: Stripe.Event): string | null {
  return 'id' in object && typeof object.id === 'string' ? object.id : null
}

/** The payment intent where there is one, else the session. */
function paymentOf(event: Stripe.Event): string | null {
  const { object } = event.data
  if ('payment_intent' in object) {
    const intent = idOf(object.payment_intent as string | { id: string } | null)
    if (intent !== null) return intent
  }
  return subjectOf(event)
}

/** Processes what is due of a payment, the oldest event first. */
async function processPayment(deps: InboxDeps, payment: string, delivered?: string): Promise<void> {
  for (;;) {
    const event = await claimOldest(deps, payment, delivered)
    if (!event) return
    await processEvent(deps, event)
    // Once: it may fail again.
    delivered = undefined
  }
}

const now = sql`clock_timestamp()`
/** Some process has it in hand. */
const inHand = sql`outcome is null and attempts > 0 and last_error is null and next_attempt_at > ${now}`

async function isBusy({ db }: InboxDeps, payment: string): Promise<boolean> {
  const found = await db
    .select({ id: webhookEvents.id })
    .from(webhookEvents)
    .where(and(eq(webhookEvents.payment, payment), inHand))
    .limit(1)
  return found.length > 0
}

/**
 * The payment's oldest due event, for this process alone. Null if there is none, or if a process has
 * another one in hand. One that failed before and was just delivered again is due at once.
 */
async function claimOldest(
  { db }: InboxDeps,
  payment: string,
  delivered = '',
): Promise<WebhookEvent | null> {
  const due = sql`outcome is null
    and (next_attempt_at <= ${now} or (id = ${delivered} and last_error is not null))`
  const [claimed] = await db
    .update(webhookEvents)
    .set({
      attempts: sql`${webhookEvents.attempts} + 1`,
      lastError: null,
      nextAttemptAt: sql`${now} + make_interval(secs => ${CLAIM_S})`,
    })
    .where(
      sql`${due} and id = (
        select id from ${webhookEvents} where payment = ${payment} and ${due}
          and not exists (
            select from ${webhookEvents} where payment = ${payment} and ${inHand})
        order by created_at, received_at, id limit 1)`,
    )
    .returning()
  return claimed ?? null
}

async function processEvent(deps: InboxDeps, event: WebhookEvent): Promise<void> {
  const about = { event: event.id, type: event.type, subject: event.subject }
  try {
    const outcome = await outcomeOf(deps, event)
    await finish(deps, event, { outcome })
    report(deps, about, outcome)
  } catch (error) {
    deps.log.warn({ ...about, err: error }, 'Stripe event not settled yet.')
    const lastError = error instanceof Error ? error.message : String(error)
    if (event.attempts < MAX_ATTEMPTS) return postpone(deps, event, lastError)
    await finish(deps, event, { outcome: 'failed', lastError })
    report(deps, about, 'failed')
  }
}

async function outcomeOf(deps: InboxDeps, event: WebhookEvent): Promise<string> {
  if (deps.livemode !== null && event.livemode !== deps.livemode) return 'wrong-mode'
  if (event.payload === null) throw new Error('The body of this event was deleted.')
  // As it was when its signature was verified.
  return settleEvent(deps, JSON.parse(event.payload) as Stripe.Event)
}

/** What its payment still has waiting may have waited for this, and is due. */
async function finish(
  { db }: InboxDeps,
  { id, payment }: WebhookEvent,
  end: { readonly outcome: string; readonly lastError?: string },
): Promise<void> {
  await db.transaction(async (tx) => {
    await tx
      .update(webhookEvents)
      .set({ ...end, processedAt: now })
      .where(and(eq(webhookEvents.id, id), isNull(webhookEvents.outcome)))
    if (end.outcome === 'failed') return
    await tx
      .update(webhookEvents)
      .set({ nextAttemptAt: now })
      .where(
        and(
          eq(webhookEvents.payment, payment),
          isNull(webhookEvents.outcome),
          isNotNull(webhookEvents.lastError),
        ),
      )
  })
}

async function postpone(
  { db }: InboxDeps,
  { id, attempts }: WebhookEvent,
  lastError: string,
): Promise<void> {
  const pauseS = Math.min(FIRST_PAUSE_S * 2 ** (attempts - 1), LONGEST_PAUSE_S)
  const nextAttemptAt = sql`${now} + make_interval(secs => ${pauseS})`
  await db
    .update(webhookEvents)
    .set({ lastError, nextAttemptAt })
    .where(and(eq(webhookEvents.id, id), isNull(webhookEvents.outcome)))
}

const words: Readonly<Record<string, string>> = {
  foreign: 'Stripe event of a payment that is not ours.',
  unusable: 'Stripe event of money that cannot be counted: not in dollars, or no whole cents.',
  'wrong-mode': 'Stripe event of the other mode, test or live, than the secret key.',
  failed: 'Stripe event given up on; npm run admin -- webhooks replays it.',
}

function report({ log }: InboxDeps, about: object, outcome: string): void {
  if (outcome === 'ignored') log.debug(about, 'Stripe event of no concern to us.')
  else if (outcome === 'foreign') log.warn(about, words[outcome])
  else if (isProblem(outcome)) log.error(about, words[outcome])
  else log.info({ ...about, outcome }, 'Stripe event settled.')
}

function isProblem(outcome: string): boolean {
  return webhookProblems.some((problem) => problem === outcome)
}

const PER_ROUND = 200
const AT_ONCE = 4

/** One round by the clock: whatever is due, of different payments at once. */
export async function processInbox(deps: InboxDeps): Promise<void> {
  const due = await deps.db
    .selectDistinct({ payment: webhookEvents.payment })
    .from(webhookEvents)
    .where(and(isNull(webhookEvents.outcome), lte(webhookEvents.nextAttemptAt, now)))
    .orderBy(asc(webhookEvents.payment))
    .limit(PER_ROUND)
  await inParallel(due, AT_ONCE, ({ payment }) => processPayment(deps, payment))
}

/** What a person should see: events with such an outcome, and those that fail so far; the newest first. */
export function listEventProblems(db: Database, limit: number): Promise<WebhookEvent[]> {
  return db
    .select()
    .from(webhookEvents)
    .where(
      or(inArray(webhookEvents.outcome, [...webhookProblems]), isNotNull(webhookEvents.lastError)),
    )
    .orderBy(desc(webhookEvents.receivedAt))
    .limit(limit)
}

export async function findEvent(db: Database, id: string): Promise<WebhookEvent> {
  const [event] = await db.select().from(webhookEvents).where(eq(webhookEvents.id, id))
  if (event) return event
  throw new ServiceError('not-found', 'There is no such event.')
}

/** The service processes it again within seconds, or once it starts. */
export async function replayEvent(db: Database, id: string): Promise<void> {
  await findEvent(db, id)
  const replayed = await db
    .update(webhookEvents)
    .set({ outcome: null, processedAt: null, attempts: 0, lastError: null, nextAttemptAt: now })
    .where(and(eq(webhookEvents.id, id), isNotNull(webhookEvents.payload)))
    .returning({ id: webhookEvents.id })
  if (replayed.length > 0) return
  throw new ServiceError(
    'conflict',
    'The body of this event was deleted, so it cannot be replayed.',
  )
}

const BODIES_AT_ONCE = 1_000

/**
 * Deletes the bodies of events that were processed so many days ago, and nothing else of them. What a
 * person should see keeps its body: it may have to be replayed.
 */
export async function deleteOldBodies(db: Database, days: number): Promise<number> {
  let deleted = 0
  for (;;) {
    const batch = await db
      .update(webhookEvents)
      .set({ payload: null })
      .where(
        sql`${webhookEvents.id} in (
          select id from ${webhookEvents}
          where payload is not null and processed_at < ${now} - make_interval(days => ${days})
            and ${notInArray(webhookEvents.outcome, [...webhookProblems])}
          order by processed_at limit ${BODIES_AT_ONCE} for update skip locked)`,
      )
      .returning({ id: webhookEvents.id })
    deleted += batch.length
    if (batch.length < BODIES_AT_ONCE) return deleted
  }
}
