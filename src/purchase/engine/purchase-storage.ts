import * as z from 'zod/mini'
import { recoveryActions } from '@comfyui-credits/contract/top-up'
import type { ApiErrorCode } from '../../api/port.ts'
import { moneySchema, timeSchema } from '../../storage/stored-values.ts'
import { storedName } from '../../storage/stored-data.ts'
import { writeJson } from '../../storage/stored-json.ts'
import { isOpen, newerProgress, type FailureCode, type Progress } from './flow.ts'

/**
 * Purchases between visits: one entry each, so that two tabs never write over each other's. The
 * billing account store's `accountKey` names account and workspace. Another version, or anybody, may
 * have written an entry, so it is parsed, and one that does not fit is ignored.
 */
const PREFIX = storedName('purchase')

/** Of those that have ended. What may still be paid is kept however much there is of it. */
const ENDED_TO_KEEP = 100

const apiErrorCodes = [
  'offline',
  'blocked',
  'timeout',
  'logged-out',
  'unauthorized',
  'payment-required',
  'forbidden',
  'not-found',
  'conflict',
  'invalid',
  'rate-limited',
  'server',
  'unreadable',
  'cancelled',
] as const satisfies readonly ApiErrorCode[]

const failureCodes = [
  ...apiErrorCodes,
  'checkout-url-untrusted',
  'amount-out-of-bounds',
  'no-card',
  'card-declined',
  'charge-refused',
] as const satisfies readonly FailureCode[]

const optionalText = z.nullable(z.string())

const purchaseSchema = z.object({
  attempt: z.string(),
  way: z.enum(['page', 'card', 'embedded']),
  usdMicros: moneySchema.check(z.positive()),
  beforeUsdMicros: z.nullable(moneySchema),
  startedAt: timeSchema,
  card: z.nullable(z.object({ brand: optionalText, last4: optionalText })),
  checkoutUrl: optionalText,
  sessionId: optionalText,
  operationId: optionalText,
  earlierEventIds: z.array(z.string()),
  earlierKnown: z.optional(z.boolean()),
  serverStart: z.nullish(z.object({ low: z.number(), high: z.number() })),
})

const evidenceSchema = z.discriminatedUnion('from', [
  z.object({ from: z.literal('checkout-status'), sessionId: z.string() }),
  z.object({ from: z.literal('operation'), operationId: z.string() }),
  z.object({ from: z.literal('account-event'), eventId: z.string() }),
  z.object({ from: z.literal('balance'), usdMicros: moneySchema }),
])

const common = { purchase: purchaseSchema, at: timeSchema }

const progressSchema = z.discriminatedUnion('step', [
  z.object({
    ...common,
    step: z.enum(['creating', 'opening', 'blocked', 'awaiting', 'cancelled', 'closed']),
  }),
  z.object({
    ...common,
    step: z.enum(['paid', 'expired', 'declined']),
    recovery: z.nullish(z.enum(recoveryActions)),
  }),
  z.object({
    ...common,
    step: z.literal('authenticating'),
    actionUrl: optionalText,
    failed: z.boolean(),
  }),
  z.object({
    ...common,
    step: z.literal('undecided'),
    code: z.nullable(z.enum(apiErrorCodes)),
  }),
  z.object({ ...common, step: z.literal('failed'), code: z.enum(failureCodes) }),
  z.object({
    ...common,
    step: z.literal('credited'),
    afterUsdMicros: moneySchema,
    evidence: evidenceSchema,
  }),
])

/** Of this account, newest first. */
export function readPurchases(storage: Storage, accountKey: string): Progress[] {
  return Array.from({ length: storage.length }, (_, index) => storage.key(index))
    .flatMap((key) =>
      isPurchaseKey(key, accountKey) ? (parsePurchase(storage.getItem(key)) ?? []) : [],
    )
    .toSorted((a, b) => b.purchase.startedAt - a.purchase.startedAt)
}

export function readPurchase(
  storage: Storage,
  accountKey: string,
  attempt: string,
): Progress | null {
  return parsePurchase(storage.getItem(keyOf(accountKey, attempt)))
}

/** What a `storage` event holds, when it is about a purchase of this account. */
export function readChange(event: StorageEvent, accountKey: string): Progress | null {
  return isPurchaseKey(event.key, accountKey) ? parsePurchase(event.newValue) : null
}

/**
 * Keeps the purchase as it now is, unless another tab knows better. False when the browser does not
 * let us keep anything.
 */
export function storePurchase(storage: Storage, accountKey: string, progress: Progress): boolean {
  const { attempt } = progress.purchase
  const known = readPurchase(storage, accountKey, attempt)
  const kept = known === null ? progress : newerProgress(progress, known)
  if (!writeJson(storage, keyOf(accountKey, attempt), kept)) return false
  if (!isOpen(kept)) forgetOldest(storage, accountKey)
  return true
}

function forgetOldest(storage: Storage, accountKey: string): void {
  const ended = readPurchases(storage, accountKey).filter((progress) => !isOpen(progress))
  for (const { purchase } of ended.slice(ENDED_TO_KEEP)) {
    storage.removeItem(keyOf(accountKey, purchase.attempt))
  }
}

function keyOf(accountKey: string, attempt: string): string {
  return `${PREFIX}${accountKey}:${attempt}`
}

/** One account key may be the beginning of another, so only an attempt may follow it. */
function isPurchaseKey(key: string | null, accountKey: string): key is string {
  const start = `${PREFIX}${accountKey}:`
  return key !== null && key.startsWith(start) && /^[0-9a-f]+$/.test(key.slice(start.length))
}

/** Null where it is none, or none that this version knows. */
export function parsePurchase(text: string | null): Progress | null {
  if (text === null) return null
  try {
    return progressSchema.safeParse(JSON.parse(text)).data ?? null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}
