import type { Charge } from './charges.ts'
import { explainSpan, isShared, type Entry } from './entry.ts'
import type { Placed, Span } from './fit.ts'
import type { RunEvidence } from './run-evidence.ts'

/** A call that was held for free, as it may have moved a later balance. */
interface Late {
  readonly charge: Charge
  readonly original: Charge
}

/**
 * Calls that were held for free in their time, and may be charged late: a change that nothing else
 * explains is theirs where they quoted it. Changes are to be explained oldest first.
 */
export class LateCharges {
  /** And until when each may be charged. */
  readonly #free = new Map<Charge, number>()
  readonly #charged = new Set<Charge>()
  /** Held for free on an earlier visit, when other calls of the same run were charged or none. */
  readonly #earlier: readonly RunEvidence[]

  constructor(evidence: readonly RunEvidence[]) {
    this.#earlier = evidence.filter(({ free }) => free.length > 0)
  }

  /** The entry, or one with late charges where only they make it come out even. */
  explain(entry: Entry, charges: readonly Charge[], since: number): Entry {
    this.#forget(entry.span)
    const best = (entry.rest > 0 && this.#search(entry.span, charges, since)) || entry
    if (best.rest === 0) this.hold(best)
    return best
  }

  /** Keeps which calls an entry that comes out even has charged, and which it has held for free. */
  hold(entry: Entry): void {
    for (const one of entry.placed) {
      const { charge } = one
      if (hasCost(one, entry)) {
        this.#charged.add(charge)
        this.#free.delete(charge)
        this.#giveTime(one, entry.span)
      } else if (charge.lateUntil > charge.to) this.#free.set(charge, charge.lateUntil)
    }
  }

  /** There may be a hundred thousand changes. */
  #forget({ from }: Span): void {
    for (const [charge, until] of this.#free) if (until <= from.at) this.#free.delete(charge)
  }

  /** What moved this balance may have been another's of the same price: then its own is to come. */
  #giveTime({ charge, amount }: Placed, span: Span): void {
    for (const [other, until] of this.#free) {
      const isSamePrice = other.amounts[0]?.usdMicros === amount.usdMicros
      if (isSamePrice && mayLieIn(span, other, until)) {
        this.#free.set(other, Math.max(until, charge.lateUntil))
      }
    }
  }

  /** First with those that quoted a price: of one that quoted none, only that it was alone tells. */
  #search(span: Span, charges: readonly Charge[], since: number): Entry | null {
    const all = this.#near(span).map((original) => ({ charge: within(original, span), original }))
    const quoted = all.filter(({ original }) => !original.unpriced)
    for (const late of [quoted, all]) {
      if (late.length === 0) continue
      const entry = explainSpan(span, [...charges, ...late.map(({ charge }) => charge)], since)
      if (entry.rest === 0 && !isShared(entry.unpriced)) return withOriginals(entry, late)
    }
    return null
  }

  #near(span: Span): Charge[] {
    const earlier = this.#earlier.flatMap(({ charges, free }) =>
      charges.every((charge) => this.#charged.has(charge))
        ? free.filter((charge) => !this.#charged.has(charge))
        : [],
    )
    const free = [...this.#free].filter(([charge, until]) => mayLieIn(span, charge, until))
    return [
      ...free.map(([charge]) => charge),
      ...earlier.filter((charge) => mayLieIn(span, charge, charge.lateUntil)),
    ]
  }
}

function mayLieIn({ from, to }: Span, charge: Charge, until: number): boolean {
  return charge.to <= to.at && until > from.at
}

/** As a charge that lies wholly in the span, and so cannot be held to lie beside it. */
function within(charge: Charge, { from, to }: Span): Charge {
  return { ...charge, from: from.at + 1, seenFrom: from.at + 1, at: to.at, to: to.at }
}

/** By its price, or as it can have cost what nobody quoted. */
function hasCost({ charge: { source, unpriced }, amount }: Placed, entry: Entry): boolean {
  const isOfRun = 'promptId' in source && entry.unpriced.promptIds.includes(source.promptId)
  return amount.charges > 0 || (unpriced && isOfRun)
}

/** What is still held for free stays where it was. */
function withOriginals(entry: Entry, late: readonly Late[]): Entry {
  const originals = new Map(late.map(({ charge, original }) => [charge, original]))
  const placed = entry.placed.flatMap((one): Placed[] => {
    const original = originals.get(one.charge)
    if (!original) return [one]
    return hasCost(one, entry) ? [{ ...one, charge: original }] : []
  })
  return { ...entry, placed }
}
