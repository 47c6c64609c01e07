import type { AddressInfo } from 'node:net'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { createApp } from './app.ts'
import { startClock, type Clock } from './clock.ts'
import { createAuthenticate } from './auth/authenticate.ts'
import { createWorkspaceTokens } from './auth/workspace-token.ts'
import { backUpDaily } from './backup/daily.ts'
import { openDatabase, type OpenDatabase } from './database/open.ts'
import { InFlight } from './http/in-flight.ts'
import { answerRequests } from './http/listener.ts'
import { clearRateLimits, createRateLimits } from './http/rate-limits.ts'
import { createLog } from './log.ts'
import { CallReader } from './proxy/call-reader.ts'
import { SETTLE_PATIENCE_MS } from './proxy/holds.ts'
import { PARTNER_TIMEOUT_MS } from './proxy/partner.ts'
import type { CallDeps } from './proxy/run-call.ts'
import { expireHolds, takeOverHolds } from './proxy/take-over.ts'
import { startReconciler } from './reconciliation/reconciler.ts'
import {
  openAccountNotifications,
  type AccountNotifications,
} from './push/account-notifications.ts'
import { deleteOldBodies, processInbox, type InboxDeps } from './purchases/inbox.ts'
import { createStripe, livemodeOf } from './purchases/stripe.ts'
import type { Settings } from './settings.ts'

/** How long running requests may continue after a shutdown begins; then partners are cut off. */
const PATIENCE_MS = 900
/** How long the rest may take to record its result, and again to send its answer. */
const LAST_WORDS_MS = 300
const LISTENER_MS = 100
const READER_MS = 100
/** How long the database may take to close: what is left of the whole, and this at least. */
const DATABASE_MS = 200
const CLOSED_WITHIN_MS = 1_900

/** Between rounds of what the clock does. */
const ROUND_MS = 5_000
const CLEARING_MS = 600_000

/** How long a client may take to send its headers, and its whole request: 24 MB of pictures. */
const HEADERS_MS = 15_000
const REQUEST_MS = 120_000
/**
 * After so long without a byte in either direction a connection is closed: nobody reads what it is sent.
 * A call is silent while its partner works and while it waits to be charged.
 */
const SILENCE_MS = PARTNER_TIMEOUT_MS + SETTLE_PATIENCE_MS + 20_000

export interface RunningService {
  /** Where it listens, without a trailing slash. */
  readonly url: string
  /** Stops accepting, lets running requests end, closes the database: within 1.9 s, whatever hangs. */
  close(): Promise<void>
}

/** Opens the database, brings it up to date and listens. Port 0 takes any free port. */
export async function startService(settings: Settings): Promise<RunningService> {
  const log = createLog(settings.logLevel)
  const database = await openDatabase(settings.database, log, settings.databaseLimits)
  try {
    await expireHolds(database)
    const notifications = await openAccountNotifications(database)
    try {
      return await serveOn({ settings, log, database, notifications })
    } catch (error) {
      await notifications.close()
      throw error
    }
  } catch (error) {
    await database.close()
    throw error
  }
}

async function serveOn(parts: {
  settings: Settings
  log: Logger
  database: OpenDatabase
  notifications: AccountNotifications
}): Promise<RunningService> {
  const { settings, log, database, notifications } = parts
  const { db } = database
  const server = createServer({ headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS })
  server.timeout = SILENCE_MS
  const url = await listen(server, settings)
  const inFlight = new InFlight()
  const stopping = new AbortController()
  const workspaceTokens = createWorkspaceTokens(settings.workspaceTokenSecret)
  const stripe = createStripe(settings.stripe)
  const livemode = livemodeOf(settings.stripe.secretKey)
  const { partnerBaseUrl, admission, concurrency } = settings
  const reader = new CallReader()
  const stopped = stopping.signal
  const reconciler = startReconciler({ db, stripe, log, database }, settings.reconcileEveryMs)
  const clocks = [
    reconciler,
    ...startClocks(
      { db, log, partnerBaseUrl, reader, admission, concurrency, stopped, stripe, livemode },
      settings.webhookBodyDays,
    ),
    ...startBackups(settings, { db, log, stopped }),
  ]
  const app = createApp({
    db,
    notifications,
    stripe,
    stripeWebhookSecret: settings.stripe.webhookSecret,
    stripeLivemode: livemode,
    publishableKey: settings.stripe.publishableKey,
    authenticate: createAuthenticate({ db, identity: settings.identity, workspaceTokens }),
    workspaceTokens,
    partnerBaseUrl,
    reader,
    publicUrl: settings.publicUrl ?? url,
    reconciler,
    adminToken: settings.adminToken,
    rateLimits: createRateLimits(db, settings.rates),
    trustedProxies: settings.trustedProxies,
    admission,
    concurrency,
    streamLifeMs: settings.streamLifeMs,
    contract: settings.contract,
    usageEvents: settings.usageEvents,
    log,
    inFlight,
    stopped,
  })
  answerRequests(server, app, log)
  log.info({ url, contract: settings.contract }, 'listening')
  const close = once(() =>
    closeAll({ server, inFlight, stopping, clocks, notifications, reader, database }),
  )
  return { url, close }
}

/** What any instance does by the clock, for whichever one began it. */
function startClocks(deps: CallDeps & InboxDeps, webhookBodyDays: number): Clock[] {
  const clock = { log: deps.log, everyMs: ROUND_MS }
  return [
    startClock({ ...clock, failure: 'Abandoned calls could not be taken over.' }, () =>
      takeOverHolds(deps),
    ),
    startClock({ ...clock, failure: 'Stored events could not be processed.' }, () =>
      processInbox(deps),
    ),
    startClock(
      { ...clock, everyMs: CLEARING_MS, failure: 'Old counts could not be cleared.' },
      () => clearRateLimits(deps.db),
    ),
    startClock(
      { ...clock, everyMs: CLEARING_MS, failure: 'Old bodies of events could not be deleted.' },
      async () => {
        const deleted = await deleteOldBodies(deps.db, webhookBodyDays)
        if (deleted > 0) deps.log.info({ deleted }, 'Old bodies of events were deleted.')
      },
    ),
  ]
}

/** Of the embedded database alone: a server has tools and an operator of its own. */
function startBackups(
  { database, dailyBackups: keep }: Settings,
  deps: Pick<CallDeps, 'db' | 'log' | 'stopped'>,
): Clock[] {
  if (!('folder' in database) || keep === 0) return []
  const backups = { ...deps, folder: join(database.folder, 'backups'), keep }
  const clock = { log: deps.log, everyMs: CLEARING_MS, failure: 'The daily backup failed.' }
  return [startClock(clock, () => backUpDaily(backups))]
}

function listen(server: Server, settings: Settings): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(settings.port, settings.bind, () => {
      server.off('error', reject)
      const { port } = server.address() as AddressInfo
      const anyAddress = settings.bind === '0.0.0.0' || settings.bind === '::'
      const host = anyAddress ? '127.0.0.1' : settings.bind
      resolve(`http://${host.includes(':') ? `[${host}]` : host}:${port}`)
    })
  })
}

async function closeAll(parts: {
  server: Server
  inFlight: InFlight
  stopping: AbortController
  clocks: readonly Clock[]
  notifications: AccountNotifications
  reader: CallReader
  database: OpenDatabase
}): Promise<void> {
  const { server, inFlight, stopping, clocks, notifications, reader, database } = parts
  const endsAt = Date.now() + CLOSED_WITHIN_MS
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  for (const clock of clocks) clock.stop()
  await within(PATIENCE_MS, inFlight.settled())
  stopping.abort()
  // Ends the open streams, which would otherwise delay the shutdown.
  await within(LISTENER_MS, notifications.close())
  await within(LAST_WORDS_MS, inFlight.settled())
  // The last answers are recorded, but perhaps not sent yet.
  await within(LAST_WORDS_MS, closed)
  server.closeAllConnections()
  await closed
  await within(READER_MS, reader.close())
  // Of a server that does not answer, the end of this process closes the connections.
  await within(Math.max(endsAt - Date.now(), DATABASE_MS), database.close())
}

/** Waits for the promise, but no longer than this. */
async function within(ms: number, promise: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([promise, late])
  clearTimeout(timer)
}

function once(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  return () => (running ??= run())
}
