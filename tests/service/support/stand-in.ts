import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Stripe } from 'stripe'
import { startStripe } from '../../../sandbox/stripe/server.ts'
import { listen } from './listen.ts'
import type { Service } from './service.ts'
import { PUBLISHABLE_KEY, WEBHOOK_SECRET } from './stripe-server.ts'

const API_KEY = 'sk_test_sandbox'

/** `ignore`: a call does not arrive. `lose`: it does, and its answer is lost. */
export type Trouble = 'ignore' | 'lose'

export interface StandIn {
  /** Where the service pays: the sandbox's Stripe, with the troubles of a network before it. */
  readonly url: string
  /** Its pages. */
  readonly pages: string
  /** The same without troubles. */
  readonly client: Stripe
  /** Set to trouble the calls it names. */
  trouble: ((method: string, path: string) => Trouble | null | Promise<Trouble | null>) | null
  /** Events go to this service, when there is one; they are stored either way. */
  service: Pick<Service, 'fetch'> | null
  readonly deliveries: RequestInit[]
  /** Resolves once this many events were delivered and answered. */
  delivered(count: number): Promise<void>
  faults(wanted: Record<string, unknown>): Promise<void>
  close(): Promise<void>
}

/** The sandbox's Stripe, for tests with cards that are saved and charged later. */
export async function startStandIn(): Promise<StandIn> {
  const dataDir = await mkdtemp(join(tmpdir(), 'credits-stand-in-'))
  const waiting = new Set<() => void>()
  const webhooks = await listen(async (request) => {
    const delivery = { method: 'POST', headers: request.headers, body: await request.text() }
    const answer = await standIn.service?.fetch('/webhooks/stripe', delivery)
    standIn.deliveries.push(delivery)
    for (const wake of waiting) wake()
    return new Response(null, { status: answer?.status ?? 200 })
  })
  const stripe = await startStripe({
    port: 0,
    bind: '127.0.0.1',
    dataDir,
    webhookUrl: `${webhooks.url}/webhooks/stripe`,
    webhookSecret: WEBHOOK_SECRET,
    apiKey: API_KEY,
    publishableKey: PUBLISHABLE_KEY,
  })
  const network = await listen(async (request) => {
    const { pathname, search } = new URL(request.url)
    const trouble = (await standIn.trouble?.(request.method, pathname)) ?? null
    if (trouble === 'ignore') return new Response(null, { status: 503 })
    const body = request.method === 'GET' ? undefined : await request.text()
    const answer = await fetch(stripe.url + pathname + search, {
      method: request.method,
      headers: request.headers,
      ...(body !== undefined && { body }),
    })
    return trouble === 'lose' ? new Response(null, { status: 503 }) : answer
  })
  const { hostname, port } = new URL(stripe.url)
  const standIn: StandIn = {
    url: network.url,
    pages: stripe.url,
    client: new Stripe(API_KEY, { host: hostname, port, protocol: 'http', telemetry: false }),
    trouble: null,
    service: null,
    deliveries: [],
    async delivered(count) {
      while (standIn.deliveries.length < count) {
        await new Promise<void>((resolve) => {
          waiting.add(resolve)
        })
      }
    },
    async faults(wanted) {
      const body = JSON.stringify(wanted)
      await fetch(`${stripe.url}/_sandbox/faults`, { method: 'POST', body })
    },
    async close() {
      await Promise.all([network.close(), stripe.close()])
      await webhooks.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
  return standIn
}
