import fc from 'fast-check'
import { expect, it } from 'vitest'
import { exactly, type Charge } from '../../../src/reconciliation/charges.ts'
import { spansOf } from '../../../src/reconciliation/reconcile.ts'
import { Unplaced } from '../../../src/reconciliation/unplaced.ts'

const anyCharge = fc
  .record({ from: fc.integer({ min: -50, max: 100 }), length: fc.option(fc.nat(60)) })
  .map(({ from, length }): Charge => {
    const to = length === null ? Infinity : from + length
    const source = { kind: 'event', eventId: '' } as const
    const times = { from, to, seenFrom: from, at: from, lateUntil: to }
    return { source, ...times, amounts: [exactly(1)], unpriced: false }
  })

it('charges are near a span as a look at all that are left finds, in the order they came', () => {
  fc.assert(
    fc.property(
      fc.array(anyCharge, { maxLength: 30 }),
      fc.uniqueArray(fc.nat(100), { maxLength: 8 }),
      fc.infiniteStream(fc.boolean()),
      (charges, times, isPlaced) => {
        const unplaced = new Unplaced(charges)
        let left = charges
        for (const span of spansOf(times.map((at) => ({ at, usdMicros: 0 })))) {
          const near = unplaced.near(span)
          expect(near).toEqual(
            left.filter(({ from, to }) => from <= span.to.at && to > span.from.at),
          )
          const placed = near.filter(() => isPlaced.next().value)
          unplaced.remove(placed.map((charge) => ({ charge, amount: exactly(1), usdMicros: 1 })))
          left = left.filter((charge) => !placed.includes(charge))
        }
      },
    ),
  )
})
