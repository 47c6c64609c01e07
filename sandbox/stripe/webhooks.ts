import type { EmulatorContext } from 'emulate'
import { Stripe } from 'stripe'
import { takeOne } from './faults.ts'
import { advance, nextChangeMs } from './payment.ts'
import type { Delivery, State } from './state.ts'
import { newId, nowSeconds, type StripeWorld } from './world.ts'

type Dispatcher = EmulatorContext<State>['webhooks']

export interface WebhookTarget {
  readonly url: string
  readonly secret: string
}

/** Stripe retries for three days. Here a service that is down for a coffee break must catch up. */
const MAX_ATTEMPTS = 40
const LONGEST_PAUSE_MS = 30_000
const STORED_EVENTS = 1_000
/** Deliveries under way. */
const AT_ONCE = 20
/** setTimeout overflows beyond this; the clock is simply looked at again. */
const LONGEST_SLEEP_MS = 60_000

/** Epoch milliseconds of the next attempt: 0.5 s, 1 s, 2 s … 30 s after the last. */
export function nextAttemptMs(attempts: number, nowMs: number): number {
  return nowMs + Math.min(LONGEST_PAUSE_MS, 500 * 2 ** (attempts - 1))
}

/** Signs each attempt, as Stripe does: the timestamp is the attempt's. */
export function signWith(dispatcher: Dispatcher, target: WebhookTarget): void {
  dispatcher.setHeaderFactory(({ body }) => ({
    'Content-Type': 'application/json; charset=utf-8',
    'User-Agent': 'Stripe/1.0 (sandbox stand-in)',
    'Stripe-Signature': Stripe.webhooks.generateTestHeaderString({
      payload: body,
      secret: target.secret,
    }),
  }))
  dispatcher.register({ url: target.url, events: ['*'], active: true, owner: 'stripe' })
}

/** Records the event and queues it, with the faults requested for it. */
export function recordEvent(
  state: State,
  nowMs: number,
  type: string,
  object: Record<string, unknown>,
): void {
  const id = newId('evt')
  const created = nowSeconds({ now: () => nowMs })
  state.events[id] = {
    id,
    created,
    type,
    body: {
      id,
      object: 'event',
      api_version: Stripe.API_VERSION,
      created,
      // A copy: the object goes on changing, what the event says does not.
      data: { object: structuredClone(object) },
      livemode: false,
      pending_webhooks: 1,
      request: { id: null, idempotency_key: null },
      type,
    },
  }
  const { faults, outbox } = state
  if (takeOne(faults, 'webhook_lose_next')) return
  const copies = takeOne(faults, 'webhook_double_next') ? 2 : 1
  const held = takeOne(faults, 'webhook_reorder_next')
  const repeats = takeOne(faults, 'webhook_retry_next') ? 2 : 0
  const dueMs = nowMs + faults.webhook_delay_ms
  outbox.push({ event: id, dueMs, attempts: 0, copies, held, repeats })
  if (held && faults.webhook_reorder_next === 0) releaseReversed(outbox, nowMs)
}

/** Sends the held batch in reverse, far enough apart for the order to be certain. */
function releaseReversed(outbox: Delivery[], nowMs: number): void {
  const batch = outbox.filter((delivery) => delivery.held).toReversed()
  for (const [index, delivery] of batch.entries()) {
    delivery.held = false
    delivery.dueMs = nowMs + index * 300
  }
}

/** Looks at all of them, so it is done after a round of deliveries and not for each event. */
function forgetOldEvents(state: State): void {
  const undelivered = new Set(state.outbox.map((delivery) => delivery.event))
  const old = Object.keys(state.events).slice(0, -STORED_EVENTS)
  for (const id of old) if (!undelivered.has(id)) delete state.events[id]
}

/** After a restart every unacknowledged event is due again, even one given up on. */
export function reviveOutbox(state: State, nowMs: number): void {
  for (const delivery of state.outbox) {
    delivery.attempts = 0
    delivery.dueMs = Math.min(delivery.dueMs, nowMs)
  }
}

export interface WebhookDispatcherOptions {
  readonly world: StripeWorld
  readonly dispatcher: Pick<Dispatcher, 'dispatch' | 'getDeliveries'>
  /** Aborted when the stand-in closes. */
  readonly signal: AbortSignal
  /** Puts the state on disk. */
  readonly save: () => Promise<void>
  readonly onError: (error: unknown) => void
}

/**
 * Expires sessions and settles payments when they are due, and delivers events at least once. Events
 * are saved before delivery, so no service receives one that a kill −9 undid.
 */
export class WebhookDispatcher {
  #timer: NodeJS.Timeout | undefined
  #working = false

  constructor(private readonly options: WebhookDispatcherOptions) {
    options.signal.addEventListener('abort', () => clearTimeout(this.#timer), { once: true })
  }

  /** Call it after every change of the state; it is cheap. */
  wake(): void {
    if (this.#working || this.options.signal.aborted) return
    clearTimeout(this.#timer)
    const { world } = this.options
    const pause = Math.max(0, Math.min(this.#nextMs() - world.now(), LONGEST_SLEEP_MS))
    this.#timer = setTimeout(() => void this.#work(), pause)
  }

  #waiting(): Delivery[] {
    return this.options.world.state.outbox.filter(
      (delivery) => !delivery.held && delivery.attempts < MAX_ATTEMPTS,
    )
  }

  #nextMs(): number {
    const soonest = Math.min(Infinity, ...this.#waiting().map((delivery) => delivery.dueMs))
    return Math.min(soonest, nextChangeMs(this.options.world))
  }

  async #work(): Promise<void> {
    const { world, save, onError } = this.options
    this.#working = true
    try {
      advance(world)
      const due = this.#waiting().filter((delivery) => delivery.dueMs <= world.now())
      if (due.length > 0) {
        await save()
        await this.#deliverAll(due)
        forgetOldEvents(world.state)
        await save()
      }
    } catch (error) {
      onError(error)
    } finally {
      this.#working = false
      this.wake()
    }
  }

  /** A few at a time: thousands at once would all run out of time. */
  async #deliverAll(due: readonly Delivery[]): Promise<void> {
    const left = due.values()
    const lanes = Array.from({ length: AT_ONCE }, async () => {
      for (const delivery of left) await this.#deliver(delivery)
    })
    await Promise.all(lanes)
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const { world, signal } = this.options
    const event = world.state.events[delivery.event]
    const attempts = Array.from({ length: delivery.copies }, () =>
      this.#attempt(event?.body ?? {}, event?.type ?? ''),
    )
    const acknowledged = (await Promise.all(attempts)).every(Boolean)
    // A closing stand-in aborts its requests: that says nothing about the endpoint.
    if (signal.aborted && !acknowledged) return
    delivery.attempts += 1
    delivery.dueMs = nextAttemptMs(delivery.attempts, world.now())
    if (!acknowledged) return
    if (delivery.repeats > 0) delivery.repeats -= 1
    else world.state.outbox.splice(world.state.outbox.indexOf(delivery), 1)
  }

  async #attempt(body: Record<string, unknown>, type: string): Promise<boolean> {
    const { dispatcher } = this.options
    // A copy of its own: the dispatcher reports by payload, and duplicates run at once.
    const payload = { ...body }
    await dispatcher.dispatch(type, undefined, payload, 'stripe')
    return dispatcher.getDeliveries().some((report) => report.payload === payload && report.success)
  }
}
