import { randomUUID } from 'node:crypto'
import { Stripe } from 'stripe'
import * as z from 'zod'
import type { Random } from '../../sandbox/partner/random.ts'
import { WEBHOOK_SECRET, type Person, type World } from './world.ts'

/** Counts what was done, by a name for each. */
export class Tally {
  readonly counts = new Map<string, number>()
  /** Answers that no refusal and no outage explains. */
  readonly blamed: string[] = []

  add(name: string): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1)
  }

  /** An answer of the service; null where there was none. */
  answered(name: string, response: Response | null): void {
    this.add(response === null ? 'cut off' : response.ok ? `${name} done` : `${name} not done`)
    if (response?.status === 500) this.blamed.push(`${name} was answered with 500`)
  }
}

/** Does one random thing. What is refused or cut off is no fault: the books say at the end. */
export type Operation = () => Promise<void>

interface Context {
  readonly world: World
  readonly random: Random
  readonly tally: Tally
  /** Purchases whose page may still be paid, and sessions seen. */
  readonly pages: string[]
  readonly events: string[]
}

export function createOperations(world: World, random: Random, tally: Tally): Operation {
  const context: Context = { world, random, tally, pages: [], events: [] }
  const all = weights.flatMap(([weight, run]) => Array.from({ length: weight }, () => run))
  return () => pick(random, all)(context)
}

const weights: readonly (readonly [number, (context: Context) => Promise<void>])[] = [
  [60, call],
  [8, buyOnPage],
  [5, payLate],
  [7, chargeCard],
  [5, refund],
  [4, dispute],
  [4, closeDispute],
  [4, resend],
  [4, forge],
  [3, misdirect],
  [4, trouble],
  [5, read],
]

function pick<T>(random: Random, among: readonly T[]): T {
  const chosen = among[Math.floor(random() * among.length)]
  if (chosen === undefined) throw new Error('There is nothing to choose from.')
  return chosen
}

const PATIENCE_MS = 30_000

/** Null where the connection was cut. */
async function ask(
  { world, random }: Context,
  person: Person,
  path: string,
  { body, headers = {} }: { body?: object; headers?: Record<string, string> } = {},
): Promise<Response | null> {
  const { url } = pick(random, world.instances)
  return attempt(url + path, {
    method: body ? 'POST' : 'GET',
    headers: { 'X-API-KEY': person.key, 'Content-Type': 'application/json', ...headers },
    ...(body && { body: JSON.stringify(body) }),
  })
}

async function attempt(url: string, init: RequestInit = {}): Promise<Response | null> {
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS)
    const response = await fetch(url, { redirect: 'manual', signal, ...init })
    // Whole, so that nothing stays open; and a kill in its midst counts as one before.
    const text = await response.text()
    const { status, headers } = response
    return new Response(status === 204 ? null : text, { status, headers })
  } catch {
    return null
  }
}

const moods = ['', '', '', '', '[slow 300]', '[slow 1500]', '[drop]', '[garbage]', '[excess]']
const products = ['/aurora/v1/images', '/aurora/v1/images/ultra', '/tempo/v1/videos'] as const

async function call(context: Context): Promise<void> {
  const { world, random, tally } = context
  const mood = random() < 0.05 ? pick(random, ['[refuse]', '[fail]']) : pick(random, moods)
  const path = pick(random, products)
  const n = 1 + Math.floor(random() * 4)
  const body = { prompt: `A lighthouse ${mood}`, ...(path === products[0] && { n }) }
  const headers = { 'Comfy-Job-Id': randomUUID() }
  const response = await ask(context, pick(random, world.people), `/proxy${path}`, {
    body,
    headers,
  })
  // The partner's own error is passed on as it is.
  if (mood === '[fail]' && response?.status === 500) tally.add('call not done')
  else tally.answered('call', response)
}

const purchaseSchema = z.object({ checkout_url: z.string(), session_id: z.string() })
const CARDS = ['4242424242424242', '4242424242424242', '4242424242424242', '4000000000000002']

/** Orders, once more with the same key where there was no answer, and often pays at once. */
async function buyOnPage(context: Context): Promise<void> {
  const { world, random, tally } = context
  const person = pick(random, world.people)
  const cents = 500 + Math.floor(random() * 2_000)
  const saved = random() < 0.5
  const key = randomUUID()
  const [path, body, headers] = saved
    ? ([
        '/api/billing/topup/checkout',
        { amount_cents: cents, return_url: 'http://x/', idempotency_key: key },
        {},
      ] as const)
    : ([
        '/customers/credit',
        { amount_micros: cents * 10_000, currency: 'usd' },
        { 'Idempotency-Key': key },
      ] as const)
  const order = () => ask(context, person, path, { body, headers })
  const response = (await order()) ?? (await order())
  tally.answered('purchase', response)
  const bought = response?.ok ? purchaseSchema.safeParse(await response.json()) : null
  if (!bought?.success) return
  const page = bought.data.checkout_url
  if (random() < 0.6) await payPage(context, page)
  else context.pages.push(page)
}

async function payLate(context: Context): Promise<void> {
  const page = context.pages.shift()
  if (page !== undefined) await payPage(context, page)
}

async function payPage({ random, tally }: Context, page: string): Promise<void> {
  const number = pick(random, CARDS)
  const form = { action: 'continue', method: 'card', email: 'user@example.com', number }
  const paid = await attempt(page, { method: 'POST', body: new URLSearchParams(form) })
  tally.add(paid?.status === 303 ? 'payment on a page' : 'payment refused or cut off')
}

async function chargeCard(context: Context): Promise<void> {
  const { world, random, tally } = context
  const person = pick(random, world.people)
  const body = { amount_cents: 500 + Math.floor(random() * 500), idempotency_key: randomUUID() }
  const order = () => ask(context, person, '/api/billing/topup', { body })
  const response = (await order()) ?? (await order())
  tally.answered('top-up by card', response)
}

async function randomCharge({ world, random }: Context): Promise<Stripe.Charge | null> {
  const charges = await world.stripeClient.charges
    .list({ limit: 60 }, { maxNetworkRetries: 0, timeout: PATIENCE_MS })
    .catch(() => null)
  return charges && charges.data.length > 0 ? pick(random, charges.data) : null
}

const press = (context: Context, path: string, form: Record<string, string>) =>
  attempt(`${context.world.stripeUrl}/_sandbox/${path}`, {
    method: 'POST',
    body: new URLSearchParams(form),
  })

/** A part of what is left: any cent counts. */
function partOf(random: Random, cents: number): string {
  return random() < 0.3 ? '' : String(1 + Math.floor(random() * cents))
}

async function refund(context: Context): Promise<void> {
  const charge = await randomCharge(context)
  if (!charge) return
  const amount = partOf(context.random, charge.amount)
  const done = await press(context, `charges/${charge.id}/refund`, { amount })
  if (done?.status === 303) context.tally.add('refund')
}

async function dispute(context: Context): Promise<void> {
  const charge = await randomCharge(context)
  if (!charge) return
  const amount = partOf(context.random, charge.amount)
  const done = await press(context, `charges/${charge.id}/dispute`, { amount })
  if (done?.status === 303) context.tally.add('dispute')
}

async function closeDispute(context: Context): Promise<void> {
  const { world, random, tally } = context
  const disputes = await world.stripeClient.disputes
    .list({ limit: 40 }, { maxNetworkRetries: 0, timeout: PATIENCE_MS })
    .catch(() => null)
  const open = disputes?.data.filter(({ status }) => status === 'needs_response') ?? []
  if (open.length === 0) return
  const outcome = pick(random, ['won', 'lost'])
  const done = await press(context, `disputes/${pick(random, open).id}/close`, { outcome })
  if (done?.status === 303) tally.add(`dispute ${outcome}`)
}

async function recentEvent({ world, random }: Context): Promise<Stripe.Event | null> {
  const events = await world.stripeClient.events
    .list({ limit: 80 }, { maxNetworkRetries: 0, timeout: PATIENCE_MS })
    .catch(() => null)
  return events && events.data.length > 0 ? pick(random, events.data) : null
}

/** Stripe sends an event again, late. */
async function resend(context: Context): Promise<void> {
  const event = await recentEvent(context)
  if (event) await press(context, `events/${event.id}/resend`, {})
  context.tally.add('event sent again')
}

const deliver = (context: Context, body: string, signature: string) =>
  attempt(`${pick(context.random, context.world.instances).url}/webhooks/stripe`, {
    method: 'POST',
    headers: { 'Stripe-Signature': signature },
    body,
  })

const sign = (payload: string, secret = WEBHOOK_SECRET) =>
  Stripe.webhooks.generateTestHeaderString({ payload, secret })

/** A hundred times the amount: by a stranger's signature, or by one of Stripe's for another body. */
async function forge(context: Context): Promise<void> {
  const event = await recentEvent(context)
  if (!event) return
  const payload = JSON.stringify(event)
  const richer = payload
    .replace(/"(amount_total|amount_received|amount_refunded|amount)":(\d+)/g, '"$1":$200')
    .replace(event.id, `evt_${randomUUID()}`)
  const signature = context.random() < 0.5 ? sign(richer, 'whsec_strangers') : sign(payload)
  const response = await deliver(context, richer, signature)
  context.tally.answered('forged event', response)
  if (response?.ok) context.tally.blamed.push('A forged event was accepted.')
}

/** Signed, and for another account, of another mode, or of an order that does not exist. */
async function misdirect(context: Context): Promise<void> {
  const { random, tally } = context
  const event = await recentEvent(context)
  if (!event?.type.startsWith('checkout.session')) return
  const object = event.data.object as Stripe.Checkout.Session
  const live = random() < 0.3
  const metadata = { ...object.metadata, account_id: randomUUID() }
  const paid = { ...object, status: 'complete', payment_status: 'paid', metadata }
  const payload = JSON.stringify({
    ...event,
    id: `evt_${randomUUID()}`,
    type: 'checkout.session.completed',
    livemode: live,
    data: { object: live ? { ...paid, metadata: object.metadata } : paid },
  })
  tally.answered(
    live ? 'live event in test mode' : 'event for another account',
    await deliver(context, payload, sign(payload)),
  )
}

const troubles = [
  { webhook_double_next: 2 },
  { webhook_lose_next: 1 },
  { webhook_reorder_next: 3 },
  { webhook_retry_next: 2 },
  { decline_next: 1 },
  { settle_later_next: 1, settle_after_ms: 400, settle_as: 'succeeded' },
  { settle_later_next: 1, settle_after_ms: 400, settle_as: 'failed' },
]

/** Stripe's next events come twice, late, in the wrong order or never; payments settle later. */
async function trouble({ world, random, tally }: Context): Promise<void> {
  const body = JSON.stringify(pick(random, troubles))
  await attempt(`${world.stripeUrl}/_sandbox/faults`, { method: 'POST', body })
  tally.add('trouble at Stripe')
}

const paths = ['/customers/balance', '/customers/events?limit=100', '/api/billing/status']

async function read(context: Context): Promise<void> {
  const { world, random, tally } = context
  tally.answered('read', await ask(context, pick(random, world.people), pick(random, paths)))
}
