import { readAccountEvent, type AccountEvent } from '../../account-events/account-event.ts'
import { ApiError, type ApiErrorCode } from '../../api/port.ts'
import type { BillingAccount } from '../../billing-account/port.ts'

/** A purchase made by a run without our service's help shows among the newest events. */
const EVENTS_TO_SEARCH = 50

/** Null where the billing account has none to read. */
export async function newestEvents(billingAccount: BillingAccount): Promise<AccountEvent[] | null> {
  try {
    const page = await billingAccount.events({ page: 1, limit: EVENTS_TO_SEARCH })
    return page.events.map(readAccountEvent)
  } catch (error) {
    if (isAbsent(error)) return null
    throw error
  }
}

/** Whether the account has no such thing: it would answer the same however often it is asked. */
export function isAbsent(error: unknown): boolean {
  return ABSENT.has(codeOf(error))
}

const ABSENT: ReadonlySet<ApiErrorCode> = new Set([
  'forbidden',
  'not-found',
  'invalid',
  'unreadable',
])

/** Whatever else was thrown is thrown on. */
export function codeOf(error: unknown): ApiErrorCode {
  if (error instanceof ApiError) return error.code
  throw error
}
