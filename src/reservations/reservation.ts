import type { Expected } from './expected.ts'

/**
 * What a run will still take of a balance that is known already. Each credit of it is in one place: in
 * the balance, once that was read after the charge; else here.
 */
export interface Reservation {
  /** The run's prompt_id, or a name of our own while the server has not taken it. */
  readonly id: string
  /** What the run will cost in all, by its estimate. */
  readonly minUsdMicros: number
  readonly maxUsdMicros: number
  /** What it has been charged for, as far as this browser has seen. */
  readonly spent: readonly Spent[]
  /** When the server took it, epoch milliseconds; null while it has not. */
  readonly takenAt: number | null
  /** However it ended; null while it has not. */
  readonly endedAt: number | null
  /** Absent where the run came past us and is not priced yet, or an earlier version reserved it. */
  readonly expected?: Expected | undefined
}

interface Spent {
  /** Below zero where a price went down. */
  readonly usdMicros: number
  readonly at: number
}

export interface Bounds {
  readonly minUsdMicros: number
  readonly maxUsdMicros: number
}

export const noCost: Bounds = { minUsdMicros: 0, maxUsdMicros: 0 }

export function reservation(
  id: string,
  { minUsdMicros, maxUsdMicros }: Bounds,
  expected?: Expected,
): Reservation {
  return { id, minUsdMicros, maxUsdMicros, spent: [], takenAt: null, endedAt: null, expected }
}

export function spentOf({ spent }: Reservation): number {
  return spent.reduce((sum, { usdMicros }) => sum + usdMicros, 0)
}

/** With what its price texts say now in all. */
export function withSpent(run: Reservation, usdMicros: number, at: number): Reservation {
  const more = usdMicros - spentOf(run)
  return more === 0 ? run : { ...run, spent: [...run.spent, { usdMicros: more, at }] }
}

/** What the runs will still take of a balance that was read at `balanceAt`. */
export function reservedOf(runs: Iterable<Reservation>, balanceAt: number): Bounds {
  let { minUsdMicros, maxUsdMicros } = noCost
  for (const run of runs) {
    const all = spentOf(run)
    const unseen = run.spent.reduce(
      (sum, { usdMicros, at }) => sum + (at > balanceAt ? usdMicros : 0),
      0,
    )
    const left = (bound: number): number => (run.endedAt === null ? Math.max(0, bound - all) : 0)
    minUsdMicros += unseen + left(run.minUsdMicros)
    maxUsdMicros += unseen + left(run.maxUsdMicros)
  }
  return { minUsdMicros, maxUsdMicros }
}

/** Whether the balance read at `balanceAt` has all that the run will ever take. */
export function isSettled({ endedAt, spent }: Reservation, balanceAt: number): boolean {
  return endedAt !== null && endedAt <= balanceAt && spent.every(({ at }) => at <= balanceAt)
}

/**
 * A run that the server took before it was seen idle has ended, even if no tab was notified: one that
 * is deleted while it waits sends no event.
 */
export function endedByIdle(run: Reservation, idleAt: number | null, lateMs: number): Reservation {
  const { takenAt, endedAt } = run
  if (idleAt === null || takenAt === null || endedAt !== null) return run
  return takenAt + lateMs < idleAt ? { ...run, endedAt: idleAt } : run
}

/** Of the same run several tabs may know, and the same tab before and after its reload. */
export function joinReservations(lists: Iterable<readonly Reservation[]>): Reservation[] {
  const byId = new Map<string, Reservation>()
  for (const run of [...lists].flat()) {
    const known = byId.get(run.id)
    byId.set(run.id, known ? join(known, run) : run)
  }
  return [...byId.values()]
}

function join(a: Reservation, b: Reservation): Reservation {
  const surer = spentOf(b) > spentOf(a) ? b : a
  return {
    ...surer,
    minUsdMicros: Math.max(a.minUsdMicros, b.minUsdMicros),
    maxUsdMicros: Math.max(a.maxUsdMicros, b.maxUsdMicros),
    takenAt: a.takenAt ?? b.takenAt,
    expected: a.expected ?? b.expected,
    endedAt: a.endedAt ?? b.endedAt,
  }
}
