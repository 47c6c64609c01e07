import type { AccountEvent } from '../account-events/account-event.ts'

const NONE: readonly AccountEvent[] = []

/** What a list has instead of some of its items. */
export interface ListChange {
  /** How many items the list had. */
  readonly before: number
  readonly start: number
  readonly removed: number
  readonly added: readonly AccountEvent[]
}

/**
 * Finds events by their id and by their run. An account's list may be long, and grows at one of its
 * ends: only what is new is read.
 */
export class EventIndex {
  #events: readonly AccountEvent[] = []
  readonly #byId = new Map<string, AccountEvent>()
  readonly #byRun = new Map<string, readonly AccountEvent[]>()

  byId(id: string): AccountEvent | undefined {
    return this.#byId.get(id)
  }

  /** Those that name it: the same array for as long as they are the same. */
  ofRun(promptId: string): readonly AccountEvent[] {
    return this.#byRun.get(promptId) ?? NONE
  }

  /** What is new since the last call; null for nothing. */
  follow(events: readonly AccountEvent[]): ListChange | null {
    const before = this.#events
    if (events === before) return null
    this.#events = events
    const start = commonStart(before, events)
    const end = commonEnd(before, events, start)
    const removed = before.slice(start, before.length - end)
    const added = events.slice(start, events.length - end)
    if (start + end > 0) removed.forEach((event) => this.#remove(event))
    else this.#clear()
    added.forEach((event) => this.#add(event))
    return { before: before.length, start, removed: removed.length, added }
  }

  #add(event: AccountEvent): void {
    this.#byId.set(event.id, event)
    if (event.jobId === null) return
    this.#byRun.set(event.jobId, [...this.ofRun(event.jobId), event])
  }

  #clear(): void {
    this.#byId.clear()
    this.#byRun.clear()
  }

  #remove(event: AccountEvent): void {
    if (this.#byId.get(event.id) === event) this.#byId.delete(event.id)
    if (event.jobId === null) return
    const others = this.ofRun(event.jobId).filter((other) => other !== event)
    if (others.length > 0) this.#byRun.set(event.jobId, others)
    else this.#byRun.delete(event.jobId)
  }
}

function commonStart<T>(one: readonly T[], other: readonly T[]): number {
  const most = Math.min(one.length, other.length)
  let count = 0
  while (count < most && one[count] === other[count]) count += 1
  return count
}

/** Not counting what they have in common at their start. */
function commonEnd<T>(one: readonly T[], other: readonly T[], start: number): number {
  const most = Math.min(one.length, other.length) - start
  let count = 0
  while (count < most && one[one.length - 1 - count] === other[other.length - 1 - count]) count += 1
  return count
}
