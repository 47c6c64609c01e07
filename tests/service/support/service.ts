import { desc, eq } from 'drizzle-orm'
import { pino } from 'pino'
import type { Stripe } from 'stripe'
import { randomUUID } from 'node:crypto'
import { adminOf } from '../../../service/admin.ts'
import { audit } from '../../../service/audit/audit.ts'
import { createApp } from '../../../service/app.ts'
import { createAuthenticate } from '../../../service/auth/authenticate.ts'
import { createWorkspaceTokens } from '../../../service/auth/workspace-token.ts'
import { findAccount } from '../../../service/customers/accounts.ts'
import type { OpenDatabase } from '../../../service/database/open.ts'
import { holds, type Hold } from '../../../service/database/schema.ts'
import { InFlight } from '../../../service/http/in-flight.ts'
import { createRateLimits, type Rates } from '../../../service/http/rate-limits.ts'
import { openAccountNotifications } from '../../../service/push/account-notifications.ts'
import { createStripe } from '../../../service/purchases/stripe.ts'
import { CallReader } from '../../../service/proxy/call-reader.ts'
import type { Concurrency } from '../../../service/proxy/concurrency.ts'
import { startReconciler } from '../../../service/reconciliation/reconciler.ts'
import type { Admission, ContractMode } from '../../../service/settings.ts'
import { openTestDatabase } from './database.ts'
import { AUDIENCE, ISSUER, startIdentity, type Identity } from './identity.ts'
import { startPartnerServer, type PartnerServer } from './partner-server.ts'
import {
  PUBLISHABLE_KEY,
  startStripeServer,
  WEBHOOK_SECRET,
  type StripeServer,
} from './stripe-server.ts'

export const WORKSPACE_SECRET = 'a-secret-for-tests-only'

export const ADMIN_TOKEN = 'the-operators-of-tests'

export interface World {
  readonly database: OpenDatabase
  readonly identity: Identity
  readonly stripe: StripeServer
  readonly partner: PartnerServer
  readonly logLines: string[]
  /**
   * The service on this world's database; two of them are two instances. It pays at this world's
   * Stripe unless another is given, by its address or by a client.
   */
  service(
    contract?: ContractMode,
    payAt?: string | Stripe,
    publishableKey?: string | null,
    admission?: Admission,
    more?: {
      readonly rates?: Partial<Rates>
      readonly trustedProxies?: number
      readonly publicUrl?: string
      readonly concurrency?: Concurrency
    },
  ): Service
  close(): Promise<void>
}

export interface Service {
  /** A call without credentials, from nowhere unless an address is given. */
  fetch(path: string, init?: RequestInit, address?: string): Promise<Response>
  /** A new person, with as much to spend. */
  person(usdMicros?: number): Promise<Person>
}

export interface Person extends Caller {
  readonly subject: string
  /** What their own account has reserved, or had, the newest first. */
  holds(): Promise<Hold[]>
}

export interface Caller {
  readonly token: string
  fetch(path: string, init?: RequestInit): Promise<Response>
  get(path: string): Promise<Response>
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>
}

const noLimits: Rates = {
  wrongCredentials: null,
  purchases: null,
  questions: null,
  calls: null,
  keyCalls: null,
}

/** The service's surroundings: a database, and servers that stand for Google, Stripe and a partner. */
export async function openWorld(): Promise<World> {
  const [database, identity, stripe, partner] = await Promise.all([
    openTestDatabase(),
    startIdentity(),
    startStripeServer(),
    startPartnerServer(),
  ])
  const notifications = await openAccountNotifications(database)
  const logLines: string[] = []
  const log = pino({ level: 'debug' }, { write: (line) => logLines.push(line) })
  const workspaceTokens = createWorkspaceTokens(WORKSPACE_SECRET)
  const reader = new CallReader()
  return {
    database,
    identity,
    stripe,
    partner,
    logLines,
    service(
      contract = 'extended',
      payAt = stripe.url,
      publishableKey = PUBLISHABLE_KEY,
      admission = 'strict',
      more = {},
    ) {
      const payments = typeof payAt === 'string' ? clientFor(payAt) : payAt
      const app = createApp({
        db: database.db,
        notifications,
        reconciler: startReconciler({ db: database.db, stripe: payments, log, database }, 0),
        adminToken: ADMIN_TOKEN,
        stripe: payments,
        stripeWebhookSecret: WEBHOOK_SECRET,
        stripeLivemode: false,
        publishableKey,
        authenticate: createAuthenticate({
          db: database.db,
          identity: { issuer: ISSUER, audience: AUDIENCE, jwksUrl: identity.jwksUrl },
          workspaceTokens,
        }),
        workspaceTokens,
        partnerBaseUrl: partner.url,
        reader,
        publicUrl: more.publicUrl ?? 'http://credits.example.com',
        rateLimits: createRateLimits(database.db, { ...noLimits, ...more.rates }),
        trustedProxies: more.trustedProxies ?? 0,
        admission,
        concurrency: more.concurrency ?? null,
        streamLifeMs: 600_000,
        contract,
        usageEvents: contract === 'plain' ? 'priced' : 'full',
        log,
        inFlight: new InFlight(),
        stopped: new AbortController().signal,
      })
      const fetchApp: Service['fetch'] = async (path, init, address) =>
        app.request(path, init, address ? { incoming: { socket: { remoteAddress: address } } } : {})
      return { fetch: fetchApp, person: (usdMicros) => newPerson(fetchApp, usdMicros) }
    },
    async close() {
      await Promise.all([identity.close(), stripe.close(), partner.close()])
      await Promise.all([notifications.close(), reader.close()])
      const findings = await audit(database.db)
      await database.close()
      if (findings.length > 0) throw new Error(`The ledger is wrong: ${JSON.stringify(findings)}`)
    },
  }

  async function holdsOf(subject: string): Promise<Hold[]> {
    const account = await findAccount(database.db, subject)
    return database.db
      .select()
      .from(holds)
      .where(eq(holds.accountId, account?.id ?? ''))
      .orderBy(desc(holds.createdAt))
  }

  async function newPerson(fetchApp: Service['fetch'], usdMicros?: number): Promise<Person> {
    const subject = `person-${randomUUID()}`
    const token = await identity.token(subject)
    if (usdMicros !== undefined) {
      const reason = 'for the test'
      await adminOf(database.db).adjust({ subject, usdMicros, reference: 'opening', reason })
    }
    return { subject, holds: () => holdsOf(subject), ...callerWith(fetchApp, token) }
  }
}

function clientFor(apiBase: string): Stripe {
  return createStripe({ secretKey: 'sk_test_sandbox', apiBase })
}

/** Calls with a token: a person's own, or one of a workspace. */
export function callerWith(fetchApp: Service['fetch'], token: string): Caller {
  const fetch: Caller['fetch'] = (path, init = {}) =>
    fetchApp(path, {
      ...init,
      headers: { Authorization: `Bearer ${token}`, ...(init.headers as Record<string, string>) },
    })
  return {
    token,
    fetch,
    get: (path) => fetch(path),
    post: (path, body, headers = {}) =>
      fetch(path, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...headers },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
  }
}
