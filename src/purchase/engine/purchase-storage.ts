import * as z from 'zod/mini'
import { recoveryActions } from '@comfyui-credits/contract/top-up'
import type { ApiErrorCode } from '../../api/port.ts'
import { moneySchema, timeSchema } from '../../storage/stored-values.ts'
import { storedName } from '../../storage/stored-data.ts'
import { isOpen, newerProgress, type FailureCode, type Progress } from './flow.ts'

/**
 * Purchases between visits: one entry each, so that two tabs never write over each other's. `place`
 * is the billing account store's and names account and workspace. What is read was perhaps written
 * by another version, or by anybody, so it is parsed; what does not fit is not there.
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

/** Of this place, newest first. */
export function readPurchases(storage: Storage, place: string): Progress[] {
  return Array.from({ length: storage.length }, (_, index) => storage.key(index))
    .flatMap((key) =>
      isPurchaseKey(key, place) ? (parsePurchase(storage.getItem(key)) ?? []) : [],
    )
    .toSorted((a, b) => b.purchase.startedAt - a.purchase.startedAt)
}

export function readPurchase(storage: Storage, place: string, attempt: string): Progress | null {
  return parsePurchase(storage.getItem(keyOf(place, attempt)))
}

/** What a `storage` event holds, when it is about a purchase of this place. */
export function readChange(event: StorageEvent, place: string): Progress | null {
  return isPurchaseKey(event.key, place) ? parsePurchase(event.newValue) : null
}

/**
 * Keeps the purchase as it now is, unless another tab knows better. False when the browser does not
 * let us keep anything.
 */
export function keepPurchase(storage: Storage, place: string, progress: Progress): boolean {
  const { attempt } = progress.purchase
  const known = readPurchase(storage, place, attempt)
  const kept = known === null ? progress : newerProgress(progress, known)
  try {
    storage.setItem(keyOf(place, attempt), JSON.stringify(kept))
  } catch (error) {
    if (error instanceof DOMException) return false
    throw error
  }
  if (!isOpen(kept)) forgetOldest(storage, place)
  return true
}

function forgetOldest(storage: Storage, place: string): void {
  const ended = readPurchases(storage, place).filter((progress) => !isOpen(progress))
  for (const { purchase } of ended.slice(ENDED_TO_KEEP)) {
    storage.removeItem(keyOf(place, purchase.attempt))
  }
}

function keyOf(place: string, attempt: string): string {
  return `${PREFIX}${place}:${attempt}`
}

/** A place may be the beginning of another's, so what follows it must be an attempt and no more. */
function isPurchaseKey(key: string | null, place: string): key is string {
  const start = `${PREFIX}${place}:`
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
