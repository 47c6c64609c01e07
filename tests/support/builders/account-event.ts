import { readAccountEvent, type AccountEvent } from '../../../src/account-events/account-event.ts'

let nextId = 0

/** An event as the account lists it, with a new id. */
export function newEvent(
  type: string,
  at: number,
  params: Record<string, unknown> = {},
): AccountEvent {
  nextId += 1
  return readAccountEvent({
    event_id: `e${nextId}`,
    event_type: type,
    createdAt: new Date(at).toISOString(),
    params,
  })
}

export const newUsage = (at: number, params: Record<string, unknown>): AccountEvent =>
  newEvent('api_usage_completed', at, { api_name: 'aurora', ...params })
