import type { Charge } from './charges.ts'
import type { Placed, Span } from './fit.ts'

/**
 * Charges that no change of the balance holds yet. Changes are gone through oldest first, and each
 * charge is looked at only when its time has come: there may be a hundred thousand.
 */
export class Unplaced {
  /** Those whose time has not come; the next one is the last. */
  readonly #later: { readonly charge: Charge; readonly order: number }[]
  #near: { readonly charge: Charge; readonly order: number }[] = []

  constructor(charges: readonly Charge[]) {
    this.#later = charges
      .map((charge, order) => ({ charge, order }))
      .sort((a, b) => b.charge.from - a.charge.from)
  }

  /** What may lie within `span`, in the order it was given. No span may be older than the last. */
  near({ from, to }: Span): Charge[] {
    for (
      let next = this.#later.at(-1);
      next && next.charge.from <= to.at;
      next = this.#later.at(-1)
    ) {
      this.#later.pop()
      this.#near.push(next)
    }
    this.#near = this.#near
      .filter(({ charge }) => charge.to > from.at)
      .sort((a, b) => a.order - b.order)
    return this.#near.map(({ charge }) => charge)
  }

  remove(placed: readonly Placed[]): void {
    const done = new Set(placed.map(({ charge }) => charge))
    this.#near = this.#near.filter(({ charge }) => !done.has(charge))
  }
}
