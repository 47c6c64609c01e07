import type { AccountEvent } from '../account-events/account-event.ts'
import { STARTED } from '../account-events/kinds.ts'
import { SETTLE_MS, type Run } from '../runs/run.ts'
import type { ClockReading } from '../session/clock-reading.ts'
import type { EventIndex } from './event-index.ts'
import type { ListChange } from './list-change.ts'

const NONE: readonly ClockReading[] = []

/** More change at once only when a history is loaded, or more of it. */
const FEW = 100

/**
 * How the clocks compare by events that name a run: they were written while it went on, or a moment
 * after. A long history has a hundred thousand, and each change is of a few: only these are read.
 */
export class RunSamples {
  readonly #runs = new Map<string, Run>()
  readonly #ofRun = new Map<string, readonly ClockReading[]>()
  #sorted: ClockReading[] = []

  /** Of all runs, by the server's time. */
  get sorted(): readonly ClockReading[] {
    return this.#sorted
  }

  /** After a change of the runs, or of the events. */
  follow(
    runs: ListChange<Run> | null,
    events: ListChange<AccountEvent> | null,
    index: EventIndex,
  ): void {
    const { removed = [], added = [] } = runs ?? {}
    for (const run of removed) {
      if (this.#runs.get(run.promptId) === run) this.#runs.delete(run.promptId)
    }
    for (const run of added) this.#runs.set(run.promptId, run)
    const ofEvents = [...(events?.removed ?? []), ...(events?.added ?? [])]
    if (removed.length + added.length + ofEvents.length > FEW) return this.#updateAll(index)
    const changed = new Set(
      [...removed, ...added]
        .map(({ promptId }) => promptId)
        .concat(ofEvents.flatMap(({ jobId }) => jobId ?? [])),
    )
    for (const promptId of changed) this.#updateOne(promptId, index)
  }

  #updateAll(index: EventIndex): void {
    this.#ofRun.clear()
    this.#sorted = []
    for (const promptId of this.#runs.keys()) this.#sorted.push(...this.#store(promptId, index))
    this.#sorted.sort((a, b) => a.at - b.at)
  }

  #updateOne(promptId: string, index: EventIndex): void {
    for (const sample of this.#ofRun.get(promptId) ?? NONE) {
      let place = firstAfter(this.#sorted, sample.at) - 1
      while (place >= 0 && this.#sorted[place] !== sample) place -= 1
      if (place >= 0) this.#sorted.splice(place, 1)
    }
    for (const sample of this.#store(promptId, index)) {
      this.#sorted.splice(firstAfter(this.#sorted, sample.at), 0, sample)
    }
  }

  #store(promptId: string, index: EventIndex): readonly ClockReading[] {
    const run = this.#runs.get(promptId)
    const samples = run ? samplesOf(run, index.ofRun(promptId)) : NONE
    if (samples.length > 0) this.#ofRun.set(promptId, samples)
    else this.#ofRun.delete(promptId)
    return samples
  }
}

function samplesOf({ startedAt, endedAt }: Run, events: readonly AccountEvent[]) {
  const end = (endedAt ?? Infinity) + SETTLE_MS
  return events.flatMap(({ at, type }): ClockReading[] =>
    at === null || type === STARTED ? [] : [{ at, low: at - end, high: at - startedAt }],
  )
}

/** Where the first one of a later time is. */
function firstAfter(sorted: readonly ClockReading[], at: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle]?.at ?? Infinity) > at) high = middle
    else low = middle + 1
  }
  return low
}
