import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  uuid,
  type AnyPgColumn,
} from 'drizzle-orm/pg-core'
import { checkoutStates } from '@comfyui-credits/contract/schemas'
import { billingRails } from '@comfyui-credits/contract/billing'
import { workspaceRoles } from '@comfyui-credits/contract/members'
import { declineReasons, topUpStates } from '@comfyui-credits/contract/top-up'
import { position, usdMicros } from './columns.ts'

/**
 * The one schema, for PGlite and for a PostgreSQL server. Hand-written migrations add what drizzle
 * cannot express: `ledger_guards` has the ledger's triggers, and the foreign key that ties an
 * account's balance to its newest ledger entry; `account_news` has the triggers that notify of every
 * change; `holds` has the one that sums an account's open holds.
 */

/** Clock time, not now(): a transaction may have waited for a lock since its start. */
const createdAt = () =>
  timestamp('created_at', { withTimezone: true })
    .notNull()
    .default(sql`clock_timestamp()`)

export const accounts = pgTable(
  'accounts',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    /** `sub` of the identity token: who the account belongs to. Null: a workspace's account. */
    subject: text('subject').unique(),
    /** Where receipts go; for a workspace's account, to the first owner. */
    email: text('email'),
    name: text('name'),
    /** Written by a trigger on the ledger, never by this code. */
    balanceUsdMicros: usdMicros('balance_usd_micros').notNull().default(0),
    /** `seq` of the newest ledger entry, null before the first; written by the same trigger. */
    headSeq: position('head_seq'),
    /** What its open holds reserve; written by a trigger on them. */
    heldUsdMicros: usdMicros('held_usd_micros').notNull().default(0),
    stripeCustomerId: text('stripe_customer_id').unique(),
    createdAt: createdAt(),
  },
  () => [check('accounts_held', sql`held_usd_micros >= 0`)],
)
export type Account = typeof accounts.$inferSelect
/** A person's account: their billing account as a customer, and who they are to workspaces. */
export type PersonAccount = Account & { readonly subject: string }

/**
 * Workspaces with a billing account of their own. A person who has no personal workspace here still
 * has one: on the rail `legacy_stripe`, paid by their account, with that account's id.
 */
export const workspaces = pgTable(
  'workspaces',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    /** Whose personal workspace it is; null: a team's. */
    personId: uuid('person_id')
      .unique()
      .references(() => accounts.id),
    name: text('name').notNull(),
    rail: text('rail', { enum: billingRails }).notNull(),
    /** The account that pays. */
    accountId: uuid('account_id')
      .notNull()
      .unique()
      .references(() => accounts.id),
    /** Idempotency: a repeated reference creates no second one. */
    reference: text('reference').notNull().unique(),
    createdAt: createdAt(),
  },
  () => [
    check('workspaces_rail', sql`rail in ('legacy_stripe', 'stripe', 'metronome')`),
    // The same id before and after it got a billing account of its own; and an old rail needs none.
    check(
      'workspaces_personal',
      sql`person_id is null or (person_id = id and rail <> 'legacy_stripe')`,
    ),
    check('workspaces_own_account', sql`account_id <> person_id`),
  ],
)
export type Workspace = typeof workspaces.$inferSelect

export const workspaceMembers = pgTable(
  'workspace_members',
  {
    workspaceId: uuid('workspace_id')
      .notNull()
      .references(() => workspaces.id),
    personId: uuid('person_id')
      .notNull()
      .references(() => accounts.id),
    role: text('role', { enum: workspaceRoles }).notNull(),
    joinedAt: timestamp('joined_at', { withTimezone: true })
      .notNull()
      .default(sql`clock_timestamp()`),
  },
  (member) => [
    primaryKey({ columns: [member.workspaceId, member.personId] }),
    index('workspace_members_person').on(member.personId),
    check('workspace_members_role', sql`role in ('owner', 'member')`),
  ],
)
export type WorkspaceMember = typeof workspaceMembers.$inferSelect

export const entryKinds = ['top_up', 'usage', 'refund', 'dispute', 'adjustment'] as const
export type EntryKind = (typeof entryKinds)[number]

/**
 * Append-only. Each entry names the one before it together with that one's balance, so a gap, a
 * fork or a wrong balance cannot be written at all, by whatever code.
 */
export const ledgerEntries = pgTable(
  'ledger_entries',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    accountId: uuid('account_id')
      .notNull()
      .references(() => accounts.id),
    seq: position('seq').notNull(),
    previousSeq: position('previous_seq').generatedAlwaysAs(sql`nullif(seq - 1, 0)`),
    kind: text('kind', { enum: entryKinds }).notNull(),
    amountUsdMicros: usdMicros('amount_usd_micros').notNull(),
    balanceBeforeUsdMicros: usdMicros('balance_before_usd_micros').notNull(),
    balanceAfterUsdMicros: usdMicros('balance_after_usd_micros').notNull(),
    /**
     * What caused it: a checkout session, a proxy call, a refund, a support case. Once per account
     * and kind.
     */
    reference: text('reference').notNull(),
    /** ComfyUI's prompt_id, for usage. */
    jobId: text('job_id'),
    reason: text('reason'),
    createdAt: createdAt(),
  },
  (entry) => [
    unique('ledger_entries_seq').on(entry.accountId, entry.seq),
    unique('ledger_entries_reference').on(entry.accountId, entry.kind, entry.reference),
    unique('ledger_entries_link').on(entry.accountId, entry.seq, entry.balanceAfterUsdMicros),
    foreignKey({
      name: 'ledger_entries_chain',
      columns: [entry.accountId, entry.previousSeq, entry.balanceBeforeUsdMicros],
      foreignColumns: [entry.accountId, entry.seq, entry.balanceAfterUsdMicros],
    }),
    check('ledger_entries_start', sql`seq > 1 or (seq = 1 and balance_before_usd_micros = 0)`),
    check(
      'ledger_entries_sum',
      sql`balance_before_usd_micros + amount_usd_micros = balance_after_usd_micros`,
    ),
    check(
      'ledger_entries_sign',
      sql`case kind when 'top_up' then amount_usd_micros > 0 when 'usage' then amount_usd_micros < 0 else amount_usd_micros <> 0 end`,
    ),
    check(
      'ledger_entries_kind',
      sql`kind in ('top_up', 'usage', 'refund', 'dispute', 'adjustment')`,
    ),
    check(
      'ledger_entries_safe',
      sql`balance_after_usd_micros between -9007199254740991 and 9007199254740991`,
    ),
  ],
)
export type LedgerEntry = typeof ledgerEntries.$inferSelect

/** An order of credits, however it is paid. */
const orderColumns = () => ({
  id: uuid('id').primaryKey().defaultRandom(),
  accountId: uuid('account_id')
    .notNull()
    .references(() => accounts.id),
  /** The amount ordered. The amount credited is the one that Stripe reports as paid. */
  amountUsdMicros: usdMicros('amount_usd_micros').notNull(),
  idempotencyKey: text('idempotency_key'),
  /** Stripe's payment intent; null until we know it. An intent can succeed only once. */
  intentId: text('intent_id').unique(),
  /** The credits it added. */
  ledgerEntryId: uuid('ledger_entry_id')
    .unique()
    .references(() => ledgerEntries.id),
  /** When the reconciliation last asked Stripe about it. */
  checkedAt: timestamp('checked_at', { withTimezone: true }),
  createdAt: createdAt(),
})

export const purchases = pgTable(
  'purchases',
  {
    ...orderColumns(),
    /** SHA-256 of the order, to distinguish a repeat from another purchase under the same key. */
    requestHash: text('request_hash').notNull(),
    /** Null until Stripe has answered. */
    sessionId: text('session_id').unique(),
    /** Null as well for one paid inside the page, which has none. */
    checkoutUrl: text('checkout_url'),
    /** The purchase to be paid inside the page that this one's payment page replaced. */
    replaces: uuid('replaces')
      .unique()
      .references((): AnyPgColumn => purchases.id),
    state: text('state', { enum: checkoutStates }).notNull().default('open'),
    expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
  },
  (purchase) => [
    unique('purchases_idempotency_key').on(purchase.accountId, purchase.idempotencyKey),
    check('purchases_amount', sql`amount_usd_micros > 0`),
    check('purchases_state', sql`state in ('open', 'processing', 'credited', 'expired', 'failed')`),
    check('purchases_credited', sql`(state = 'credited') = (ledger_entry_id is not null)`),
  ],
)
export type Purchase = typeof purchases.$inferSelect

/** Top-ups that charge a saved card, without a payment page. */
export const cardTopUps = pgTable(
  'card_top_ups',
  {
    ...orderColumns(),
    /** Chosen once: a repeat must not charge another card. */
    paymentMethodId: text('payment_method_id').notNull(),
    state: text('state', { enum: topUpStates }).notNull().default('pending'),
    declineReason: text('decline_reason', { enum: declineReasons }),
    endedAt: timestamp('ended_at', { withTimezone: true }),
  },
  (topUp) => [
    unique('card_top_ups_idempotency_key').on(topUp.accountId, topUp.idempotencyKey),
    check('card_top_ups_amount', sql`amount_usd_micros > 0`),
    check('card_top_ups_state', sql`state in ('pending', 'completed', 'failed')`),
    check('card_top_ups_completed', sql`(state = 'completed') = (ledger_entry_id is not null)`),
    check('card_top_ups_ended', sql`(state = 'pending') = (ended_at is null)`),
    check('card_top_ups_declined', sql`(state = 'failed') = (decline_reason is not null)`),
  ],
)
export type CardTopUp = typeof cardTopUps.$inferSelect

/** Whose call it was, and the API key they used. Null: nobody's call, or from before it was recorded. */
const callerColumns = () => ({
  personId: uuid('person_id').references(() => accounts.id),
  apiKeyId: uuid('api_key_id').references((): AnyPgColumn => apiKeys.id),
})

export const accountEvents = pgTable(
  'account_events',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    accountId: uuid('account_id')
      .notNull()
      .references(() => accounts.id),
    /** Write order: two rows may have the same time, and paging must not skip one. */
    seq: bigint('seq', { mode: 'number' }).generatedAlwaysAsIdentity(),
    eventType: text('event_type').notNull(),
    params: jsonb('params').$type<Record<string, unknown>>().notNull(),
    ...callerColumns(),
    createdAt: createdAt(),
  },
  (event) => [index('account_events_newest').on(event.accountId, event.seq)],
)
export type AccountEvent = typeof accountEvents.$inferSelect

/** Only the hash of a key is stored. Keys are long and random, so SHA-256 without salt is enough. */
export const apiKeys = pgTable(
  'api_keys',
  {
    keyHash: text('key_hash').primaryKey(),
    /** How the key begins, for its owner to recognise it; null: from before it was stored. */
    keyPrefix: text('key_prefix'),
    /** Names the key where the key itself must not stand: in lists, logs and tokens. */
    id: uuid('id').notNull().unique().defaultRandom(),
    name: text('name'),
    accountId: uuid('account_id')
      .notNull()
      .references(() => accounts.id),
    /** The workspace that pays; null: the person's own. */
    workspaceId: uuid('workspace_id').references(() => workspaces.id),
    /** Null: it does not expire. */
    expiresAt: timestamp('expires_at', { withTimezone: true }),
    revokedAt: timestamp('revoked_at', { withTimezone: true }),
    createdAt: createdAt(),
  },
  (key) => [
    index('api_keys_account').on(key.accountId),
    index('api_keys_workspace').on(key.workspaceId),
  ],
)
export type ApiKey = typeof apiKeys.$inferSelect

/** What partners work on, by the path of the product and the partner's own id. */
export const partnerJobs = pgTable(
  'partner_jobs',
  {
    /** Who paid for it: nobody else may ask for it. */
    accountId: uuid('account_id')
      .notNull()
      .references(() => accounts.id),
    path: text('path').notNull(),
    jobId: text('job_id').notNull(),
    createdAt: createdAt(),
  },
  (job) => [primaryKey({ columns: [job.accountId, job.path, job.jobId] })],
)

export const holdStates = ['open', 'captured', 'released', 'unresolved'] as const

/**
 * Why a person must look at a hold. `excess`: the partner reports more than was charged.
 * `unanswered`: released, since the partner gave no usable answer, and perhaps worked all the same.
 * `unresolved`: nobody could say what the partner did.
 */
export const holdProblems = ['excess', 'unanswered', 'unresolved'] as const
export type HoldProblem = (typeof holdProblems)[number]

/** What calls of partners reserve while they run, and how they ended. */
export const holds = pgTable(
  'holds',
  {
    /** The call's own id: the reference of its charge, and the partner's key for it. */
    id: uuid('id').primaryKey(),
    accountId: uuid('account_id')
      .notNull()
      .references(() => accounts.id),
    /** ComfyUI's prompt_id. */
    jobId: text('job_id'),
    nodeType: text('node_type'),
    ...callerColumns(),
    /** Of the product; empty for calls from before it was recorded. */
    path: text('path').notNull().default(''),
    /** What the price depends on (`proxy/catalog.ts`), to end the call after a crash. */
    terms: jsonb('terms').$type<unknown>(),
    /** What is reserved. */
    estimateUsdMicros: usdMicros('estimate_usd_micros').notNull(),
    state: text('state', { enum: holdStates }).notNull().default('open'),
    /** What was charged; null until then, and for what was not. */
    capturedUsdMicros: usdMicros('captured_usd_micros'),
    /** What the partner's work costs beyond the charge. */
    excessUsdMicros: usdMicros('excess_usd_micros').notNull().default(0),
    problem: text('problem', { enum: holdProblems }),
    /** When a person has dealt with the problem. */
    attendedAt: timestamp('attended_at', { withTimezone: true }),
    /** While open: from then on any instance may take it over. */
    expiresAt: timestamp('expires_at', { withTimezone: true }).notNull(),
    /** How often it was taken over. */
    attempts: integer('attempts').notNull().default(0),
    endedAt: timestamp('ended_at', { withTimezone: true }),
    createdAt: createdAt(),
  },
  (hold) => [
    index('holds_open')
      .on(hold.expiresAt)
      .where(sql`state = 'open'`),
    index('holds_problems')
      .on(hold.createdAt)
      .where(sql`problem is not null and attended_at is null`),
    index('holds_account').on(hold.accountId),
    index('holds_running')
      .on(hold.accountId)
      .where(sql`state = 'open'`),
    check('holds_state', sql`state in ('open', 'captured', 'released', 'unresolved')`),
    check('holds_problem', sql`problem in ('excess', 'unanswered', 'unresolved')`),
    check('holds_estimate', sql`estimate_usd_micros >= 0 and excess_usd_micros >= 0`),
    check('holds_captured', sql`(state = 'captured') = (captured_usd_micros is not null)`),
    check('holds_ended', sql`(state = 'open') = (ended_at is null)`),
  ],
)
export type Hold = typeof holds.$inferSelect

/** Outcomes of Stripe's events that a person should see. */
export const webhookProblems = ['unusable', 'foreign', 'wrong-mode', 'failed'] as const

/** Events of Stripe, stored as they came before anything is done about them. */
export const webhookEvents = pgTable(
  'webhook_events',
  {
    /** Stripe's. */
    id: text('id').primaryKey(),
    type: text('type').notNull(),
    /** Stripe's id of what it is about. */
    subject: text('subject'),
    /** The payment's: its events are processed one after the other. */
    payment: text('payment').notNull(),
    livemode: boolean('livemode').notNull(),
    /** The body, byte for byte; null: deleted, a while after it was processed. */
    payload: text('payload'),
    /** By Stripe's clock. */
    createdAt: timestamp('created_at', { withTimezone: true }).notNull(),
    receivedAt: timestamp('received_at', { withTimezone: true })
      .notNull()
      .default(sql`clock_timestamp()`),
    /** Null: to be processed, at the next attempt. */
    outcome: text('outcome'),
    attempts: integer('attempts').notNull().default(0),
    lastError: text('last_error'),
    /** While an instance processes it, and after it failed, no other attempt is made before. */
    nextAttemptAt: timestamp('next_attempt_at', { withTimezone: true })
      .notNull()
      .default(sql`clock_timestamp()`),
    processedAt: timestamp('processed_at', { withTimezone: true }),
  },
  (event) => [
    index('webhook_events_waiting')
      .on(event.payment, event.createdAt)
      .where(sql`outcome is null`),
    index('webhook_events_newest').on(event.receivedAt),
    index('webhook_events_bodies')
      .on(event.processedAt)
      .where(sql`payload is not null`),
    check('webhook_events_processed', sql`(outcome is null) = (processed_at is null)`),
    check('webhook_events_body', sql`payload is not null or outcome is not null`),
  ],
)
export type WebhookEvent = typeof webhookEvents.$inferSelect

/** Counted by `http/rate-limits.ts`; the names are the library's. */
export const rateLimits = pgTable(
  'rate_limits',
  {
    key: text('key').primaryKey(),
    points: integer('points').notNull(),
    expire: timestamp('expire', { withTimezone: true }),
  },
  (limit) => [index('rate_limits_expire').on(limit.expire)],
)

/** How far lists of Stripe were read: the newest time in them, by Stripe's clock. */
export const readPositions = pgTable('read_positions', {
  list: text('list').primaryKey(),
  newestAt: timestamp('newest_at', { withTimezone: true }).notNull(),
})
