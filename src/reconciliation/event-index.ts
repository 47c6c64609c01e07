import type { AccountEvent } from '../account-events/account-event.ts'
import { listChange, type ListChange } from './list-change.ts'

const NONE: readonly AccountEvent[] = []

/** What stands there, in the order it came: repeats too, until the last of them is gone. */
type Found = Map<string, readonly AccountEvent[]>

/**
 * Finds events by their id and by their run. An account's list may be long, and grows at one of its
 * ends: only what is new is read.
 */
export class EventIndex {
  #events: readonly AccountEvent[] = []
  readonly #byId: Found = new Map()
  readonly #byRun: Found = new Map()

  byId(id: string): AccountEvent | undefined {
    return this.#byId.get(id)?.at(-1)
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
    if (removed.length < before) removed.forEach((event) => this.#change(remove, event))
    else this.#clear()
    added.forEach((event) => this.#change(add, event))
    return change
  }

  #change(by: typeof add, event: AccountEvent): void {
    by(this.#byId, event.id, event)
    if (event.jobId !== null) by(this.#byRun, event.jobId, event)
  }

  #clear(): void {
    this.#byId.clear()
    this.#byRun.clear()
  }
}

function add(found: Found, key: string, event: AccountEvent): void {
  found.set(key, [...(found.get(key) ?? NONE), event])
}

function remove(found: Found, key: string, event: AccountEvent): void {
  const all = found.get(key) ?? NONE
  const left = all.toSpliced(all.indexOf(event), 1)
  if (left.length > 0) found.set(key, left)
  else found.delete(key)
}
