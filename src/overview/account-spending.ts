import type { EventsPageBody } from '@comfyui-credits/contract/schemas'
import { readAccountEvent, type AccountEvent } from '../account-events/account-event.ts'
import { knownEvents } from '../account-events/kinds.ts'
import { contains, type Span } from '../session/calendar.ts'

/** Where the events come from. */
export interface EventSource {
  /** Newest first. `page` counts from 1. */
  events(page: number, limit: number): Promise<EventsPageBody>
  /** Epoch milliseconds, by the clock of what answers. */
  now(): number
}

/** What calls cost in a period. */
export interface AccountSpending {
  /** Of the calls whose price the account says. */
  readonly usdMicros: number
  /** Calls whose price it does not say: they may have cost more than that. */
  readonly unpriced: number
}

/** The most that the contract allows. */
const PAGE_SIZE = 100

/**
 * What the account says calls have cost in each of the spans, which are made of the time it is there.
 * Asks for as many pages as they need.
 */
export async function accountSpending<Name extends string>(
  source: EventSource,
  spansAt: (now: number) => Readonly<Record<Name, Span>>,
): Promise<Readonly<Record<Name, AccountSpending>>> {
  const first = await source.events(1, PAGE_SIZE)
  const spans = spansAt(source.now())
  const from = Math.min(...Object.values<Span>(spans).map((span) => span.from))
  const events = first.events.map(readAccountEvent)
  for (let page = 2; page <= first.totalPages && !reaches(events, from); page += 1) {
    const { events: older } = await source.events(page, PAGE_SIZE)
    if (older.length === 0) break
    events.push(...older.map(readAccountEvent))
  }
  const { usage } = knownEvents(events)
  const sums = Object.entries<Span>(spans).map(([name, span]) => [name, sum(usage, span)])
  return Object.fromEntries(sums) as Record<Name, AccountSpending>
}

/** Newest come first, so the last one that has a time is the oldest. */
function reaches(events: readonly AccountEvent[], from: number): boolean {
  const oldest = events.findLast(({ at }) => at !== null)?.at ?? null
  return oldest !== null && oldest < from
}

function sum(usage: readonly AccountEvent[], span: Span): AccountSpending {
  let [usdMicros, unpriced] = [0, 0]
  for (const { at, chargeUsdMicros } of usage) {
    if (at === null || !contains(span, at)) continue
    if (chargeUsdMicros === null) unpriced += 1
    else usdMicros += chargeUsdMicros
  }
  return { usdMicros, unpriced }
}
