import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  endedByIdle,
  isSettled,
  joinReservations,
  reservation,
  reservedOf,
  spentOf,
  withSpent,
  type Reservation,
} from '../../../src/reservations/reservation.ts'

/** What the account really has, what runs will really still take, and what two tabs know of it. */
interface World {
  now: number
  balance: number
  readonly left: Map<string, number>
  known: { usdMicros: number; at: number }
  readonly tabs: [Map<string, Reservation>, Map<string, Reservation>]
}

type Step =
  | { readonly do: 'queue'; readonly tab: 0 | 1; readonly run: number; readonly cost: number }
  | { readonly do: 'charge'; readonly run: number; readonly share: number }
  | { readonly do: 'end' | 'reload'; readonly run: number }
  | { readonly do: 'read' | 'forget' }

const which = fc.nat(5)
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({
      do: fc.constant('queue' as const),
      tab: fc.constantFrom(0 as const, 1 as const),
      run: which,
      cost: fc.nat(1000),
    }),
    fc.record({
      do: fc.constant('charge' as const),
      run: which,
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
    fc.record({ do: fc.constantFrom('end' as const, 'reload' as const), run: which }),
    fc.record({ do: fc.constantFrom('read' as const, 'forget' as const) }),
  ),
  { maxLength: 60 },
)

function take(world: World, step: Step): void {
  world.now += 1
  const { now, left, tabs } = world
  const alter = (id: string, how: (known: Reservation) => Reservation): void => {
    for (const tab of tabs) {
      const known = tab.get(id)
      if (known) tab.set(id, how(known))
    }
  }
  if (!('run' in step)) {
    if (step.do === 'read') world.known = { usdMicros: world.balance, at: now }
    for (const tab of step.do === 'forget' ? tabs : []) {
      for (const [id, known] of tab) if (isSettled(known, world.known.at)) tab.delete(id)
    }
  } else {
    const id = `run-${step.run}`
    const rest = left.get(id)
    if (step.do === 'queue' && rest === undefined) {
      left.set(id, step.cost)
      const bounds = { minUsdMicros: step.cost, maxUsdMicros: step.cost }
      tabs[step.tab].set(id, { ...reservation(id, bounds), takenAt: now })
    } else if (step.do === 'charge' && rest !== undefined) {
      const charge = Math.floor(rest * step.share)
      left.set(id, rest - charge)
      world.balance -= charge
      alter(id, (known) => withSpent(known, spentOf(known) + charge, now))
    } else if (step.do === 'end' && rest !== undefined) {
      // Failed or cancelled, it will never take the rest.
      left.set(id, 0)
      alter(id, (known) => ({ ...known, endedAt: known.endedAt ?? now }))
    } else if (step.do === 'reload') {
      // The tab after its reload goes on with the run, beside what it left before.
      const known = tabs[0].get(id) ?? tabs[1].get(id)
      if (known) for (const tab of tabs) if (!tab.has(id)) tab.set(id, known)
    }
  }
}

describe('what is reserved', () => {
  it('counts each credit once: spent, reserved or there, whatever ends in whatever order', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const world: World = {
          now: 0,
          balance: 10_000,
          left: new Map(),
          known: { usdMicros: 10_000, at: 0 },
          tabs: [new Map(), new Map()],
        }
        for (const step of all) {
          take(world, step)
          const joined = joinReservations(world.tabs.map((tab) => [...tab.values()]))
          const { minUsdMicros, maxUsdMicros } = reservedOf(joined, world.known.at)
          const left = [...world.left.values()].reduce((sum, rest) => sum + rest, 0)
          expect(world.known.usdMicros - minUsdMicros).toBe(world.balance - left)
          expect(maxUsdMicros).toBe(minUsdMicros)
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('is nothing of a run that cost less than estimated and has ended', () => {
    const bounds = { minUsdMicros: 100, maxUsdMicros: 500 }
    const ended = { ...withSpent(reservation('a', bounds), 40, 10), endedAt: 11 }
    expect(reservedOf([ended], 9)).toEqual({ minUsdMicros: 40, maxUsdMicros: 40 })
    expect(reservedOf([ended], 10)).toEqual({ minUsdMicros: 0, maxUsdMicros: 0 })
    expect(isSettled(ended, 10)).toBe(false)
    expect(isSettled(ended, 11)).toBe(true)
  })

  it('takes a price that goes down for what it is now', () => {
    const bounds = { minUsdMicros: 0, maxUsdMicros: 0 }
    const run = withSpent(withSpent(reservation('a', bounds), 90, 10), 60, 20)
    expect(spentOf(run)).toBe(60)
    expect(reservedOf([run], 5)).toEqual({ minUsdMicros: 60, maxUsdMicros: 60 })
  })

  it('ends with an idle server, but not by what the server said before it took the run', () => {
    const bounds = { minUsdMicros: 100, maxUsdMicros: 100 }
    const taken = { ...reservation('a', bounds), takenAt: 1000 }
    expect(endedByIdle(taken, 2500, 2000)).toBe(taken)
    expect(endedByIdle(taken, 3001, 2000).endedAt).toBe(3001)
    expect(endedByIdle(reservation('b', bounds), 9000, 2000).endedAt).toBeNull()
  })
})
