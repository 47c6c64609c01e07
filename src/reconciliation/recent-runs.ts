import type { Run } from '../runs/run.ts'
import type { ListChange } from './list-change.ts'

/** The newest of many runs, and when the last one ended, without reading them all at each change. */
export class RecentRuns {
  readonly #most: number
  #newest: readonly Run[] = []
  #open = 0
  #lastEnd = 0

  constructor(most: number) {
    this.#most = most
  }

  /** Newest first. */
  get newest(): readonly Run[] {
    return this.#newest
  }

  /** Infinity while one has no end. */
  get lastEnd(): number {
    return this.#open > 0 ? Infinity : this.#lastEnd
  }

  /** `runs` are those of after the change, in about the order of their start, the newest first. */
  follow(runs: readonly Run[], { removed, added }: ListChange<Run>): void {
    this.#followEnds(runs, removed, added)
    const gone = new Set(removed)
    const left = this.#newest.filter((run) => !gone.has(run))
    const isFull = this.#newest.length === this.#most
    const oldest = isFull ? (this.#newest.at(-1)?.startedAt ?? 0) : -Infinity
    this.#newest = newestOf(
      [left, added.filter(({ startedAt }) => startedAt >= oldest)],
      this.#most,
    )
    // What comes next is not among those that are remembered.
    if (this.#newest.length < Math.min(this.#most, runs.length)) {
      this.#newest = newestOf([runs], this.#most)
    }
  }

  #followEnds(runs: readonly Run[], removed: readonly Run[], added: readonly Run[]): void {
    this.#open += openOf(added) - openOf(removed)
    const newEnd = lastEndOf(added)
    if (newEnd >= this.#lastEnd) this.#lastEnd = newEnd
    else if (lastEndOf(removed) === this.#lastEnd) this.#lastEnd = lastEndOf(runs)
  }
}

function openOf(runs: readonly Run[]): number {
  return runs.reduce((count, { endedAt }) => (endedAt === null ? count + 1 : count), 0)
}

function lastEndOf(runs: readonly Run[]): number {
  return runs.reduce((last, { endedAt }) => Math.max(last, endedAt ?? 0), 0)
}

function newestOf(lists: readonly (readonly Run[])[], most: number): readonly Run[] {
  const newest: Run[] = []
  for (const runs of lists) {
    for (const run of runs) {
      const isFull = newest.length === most
      if (isFull && run.startedAt <= (newest.at(-1)?.startedAt ?? 0)) continue
      const place = newest.findLastIndex(({ startedAt }) => startedAt >= run.startedAt) + 1
      newest.splice(place, 0, run)
      if (isFull) newest.pop()
    }
  }
  return newest
}
