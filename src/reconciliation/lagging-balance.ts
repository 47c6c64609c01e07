import { sum, type Charge } from './charges.ts'
import { explainSpan, type Entry } from './entry.ts'
import type { Placed, Span } from './fit.ts'

/** How long a balance may go on showing what was there before an event of its account. */
export const LAGS_MS = 60_000
/** A balance that is read more often is held to follow. */
const MAX_JOINED = 16

/** A change, and the charges it was explained with. */
interface Explained {
  readonly entry: Entry
  readonly charges: readonly Charge[]
}

/**
 * A balance that follows its account's events late: what was read in between is no balance of its time,
 * and its two changes, which nothing explains, are one that an event does. Changes are to be added
 * oldest first.
 */
export class LaggingBalance {
  readonly #entries: Entry[] = []
  /** The last of them. */
  #recent: Explained[] = []

  constructor(readonly since: number) {}

  get entries(): readonly Entry[] {
    return this.#entries
  }

  add(entry: Entry, charges: readonly Charge[]): void {
    this.#recent = [...this.#recent.slice(1 - MAX_JOINED), { entry, charges }]
    this.#entries.push(entry)
  }

  /** Makes one entry of this and as few as possible before it, if an event explains them together. */
  join(entry: Entry, charges: readonly Charge[]): Entry | null {
    let reach = entry.span.from.at - LAGS_MS
    for (let index = this.#recent.length - 1; index >= 0; index -= 1) {
      const earlier = this.#recent.slice(index)
      const [first] = earlier
      if (!first || first.entry.span.to.at < reach) return null
      const span = { from: first.entry.span.from, to: entry.span.to }
      const all = [...new Set([...earlier, { charges }].flatMap((one) => one.charges))]
      const joined = explainSpan(span, all, this.since)
      const before = earlier.map((one) => one.entry)
      if (joined.rest === 0 && isLate(joined, entry.span) && isTrueTo(joined, before)) {
        this.#recent.splice(index)
        this.#entries.splice(-before.length)
        this.add(joined, all)
        return joined
      }
      // What moved this balance may have been an earlier event's: then its own is to come.
      if (first.entry.placed.some(isOfEvent)) reach = first.entry.span.from.at - LAGS_MS
    }
    return null
  }
}

/** With an event from before the last of the changes, which the balance shows only now. */
function isLate({ placed }: Entry, { from }: Span): boolean {
  return placed.some((one) => isOfEvent(one) && one.charge.at <= from.at)
}

function isOfEvent({ charge: { source } }: Placed): boolean {
  return source.kind === 'event'
}

/** What was shown to have been charged is so still, and nobody else for what nobody quoted. */
function isTrueTo(joined: Entry, before: readonly Entry[]): boolean {
  const charged = new Set(joined.placed.flatMap((one) => (hasCost(one) ? one.charge : [])))
  const unpriced = sum(before.map((entry) => entry.unpriced.usdMicros))
  return (
    joined.unpriced.usdMicros === unpriced &&
    before.every(({ placed }) => placed.every((one) => !hasCost(one) || charged.has(one.charge)))
  )
}

function hasCost({ amount }: Placed): boolean {
  return amount.charges > 0
}
