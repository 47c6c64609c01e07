import type { AccountEvent } from '../account-events/account-event.ts'
import { listChange, type ListChange } from './list-change.ts'

const NONE: readonly AccountEvent[] = []

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
  follow(events: readonly AccountEvent[]): ListChange<AccountEvent> | null {
    const change = listChange(this.#events, events)
    if (change === null) return null
    const { before, removed, added } = change
    this.#events = events
    if (removed.length < before) removed.forEach((event) => this.#remove(event))
    else this.#clear()
    added.forEach((event) => this.#add(event))
    return change
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
