import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { Stripe } from 'stripe'
import { startStripe, type StripeConfig } from '../../../sandbox/stripe/server.ts'

export const API_KEY = 'sk_test_sandbox'
export const WEBHOOK_SECRET = 'whsec_sandbox'

export interface Received {
  readonly signature: string
  readonly body: string
}

/** A webhook endpoint that stores what it receives and answers as the test wants. */
export async function startEndpoint() {
  const received: Received[] = []
  const waiters = new Set<() => void>()
  const answers: number[] = []
  const server = createServer((request, response) => {
    void accept(request, response)
  })
  const accept = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await text(request)
    received.push({ signature: String(request.headers['stripe-signature']), body })
    response.writeHead(answers.shift() ?? 200).end()
    for (const waiter of waiters) waiter()
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/webhooks/stripe`,
    received,
    /** Statuses of the next answers; after them 200. */
    answerNext: (...statuses: number[]) => answers.push(...statuses),
    events: (): Stripe.Event[] =>
      received.map(({ body, signature }) =>
        Stripe.webhooks.constructEvent(body, signature, WEBHOOK_SECRET),
      ),
    /** Resolves when that many deliveries have come in all. */
    waitFor: async (count: number) => {
      while (received.length < count) {
        await new Promise<void>((resolve) => {
          const waiter = () => {
            waiters.delete(waiter)
            resolve()
          }
          waiters.add(waiter)
        })
      }
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

export async function temporaryFolder() {
  const folder = await mkdtemp(path.join(tmpdir(), 'credits-stripe-'))
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
}

export function config(dataDir: string, webhookUrl: string): StripeConfig {
  return {
    port: 0,
    bind: '127.0.0.1',
    dataDir,
    webhookUrl,
    webhookSecret: WEBHOOK_SECRET,
    apiKey: API_KEY,
  }
}

/** The official SDK, pointed at the stand-in. */
export function clientFor(url: string, apiKey = API_KEY): Stripe {
  const { hostname, port } = new URL(url)
  return new Stripe(apiKey, {
    host: hostname,
    port: Number(port),
    protocol: 'http',
    maxNetworkRetries: 0,
    telemetry: false,
  })
}

export async function startBench(overrides: Partial<StripeConfig> = {}) {
  const data = await temporaryFolder()
  const endpoint = await startEndpoint()
  const stripe = await startStripe({ ...config(data.folder, endpoint.url), ...overrides })
  return {
    stripe,
    endpoint,
    dataDir: data.folder,
    client: clientFor(stripe.url),
    faults: (wanted: Record<string, unknown>) =>
      fetch(`${stripe.url}/_sandbox/faults`, { method: 'POST', body: JSON.stringify(wanted) }),
    close: async () => {
      await stripe.close()
      await endpoint.close()
      await data.remove()
    },
  }
}

export function topUp(
  overrides: Partial<Stripe.Checkout.SessionCreateParams> = {},
): Stripe.Checkout.SessionCreateParams {
  return {
    mode: 'payment',
    line_items: [
      {
        quantity: 1,
        price_data: {
          currency: 'usd',
          unit_amount: 2500,
          product_data: { name: '5,275 ComfyUI credits' },
        },
      },
    ],
    allowed_payment_method_types: ['card', 'wechat_pay', 'alipay'],
    payment_method_options: { wechat_pay: { client: 'web' } },
    success_url: 'http://127.0.0.1:9/done?session_id={CHECKOUT_SESSION_ID}',
    cancel_url: 'http://127.0.0.1:9/cancelled',
    customer_email: 'user@example.com',
    client_reference_id: 'user-1',
    metadata: { purchase: 'p-1' },
    ...overrides,
  }
}

/** Presses a button of the payment page. */
export function press(pageUrl: string, fields: Record<string, string>): Promise<Response> {
  return fetch(pageUrl, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams(fields),
  })
}

export const card = (number = '4242 4242 4242 4242') => ({
  action: 'continue',
  method: 'card',
  email: 'user@example.com',
  number,
})
export const wallet = (method: 'wechat_pay' | 'alipay') => ({
  action: 'continue',
  method,
  email: 'user@example.com',
})
