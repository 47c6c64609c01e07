import { cmp, Dexie, RangeSet, type IndexableType, type ObservabilitySet } from 'dexie'
import type { Recent } from './port.ts'
import type { RunSummary } from './summary.ts'
import { readSummary } from './schema.ts'
import { SharedTexts } from './shared-texts.ts'
import type { Tables } from './tables.ts'

/** So many are read and understood within half a frame. */
const PIECE = 300

/** A run changes often while it goes on, and each time the whole list is new. */
const BETWEEN_REPORTS_MS = 300

/** Where more have changed than these, all that lies between them is read again. */
const MAX_RANGES = 50

interface KeyRange {
  readonly from: IndexableType
  readonly to: IndexableType
}

/**
 * All summaries of an account as they are now, or the newest of them, in whichever tab they change,
 * until it is stopped.
 */
export class AllSummaries {
  #known: readonly RunSummary[] = []
  readonly #texts = new SharedTexts()
  #first: IndexableType
  /** Keys of which memory may not have what the database has: at first of all. */
  #changed: RangeSet
  #wake: (() => void) | null = null
  #stopped = false

  constructor(
    private readonly tables: Tables,
    private readonly accountKey: string,
    private readonly listener: (all: readonly RunSummary[]) => void,
    failed: (error: unknown) => void,
    private readonly recent: Recent | null = null,
  ) {
    this.#first = [accountKey, Dexie.minKey]
    this.#changed = new RangeSet(this.#first, [accountKey, Dexie.maxKey])
    Dexie.on.storagemutated.subscribe(this.#onMutation)
    this.#keepUp().catch((error: unknown) => {
      // Who stops also closes the database that is read from.
      if (!this.#stopped) failed(error)
    })
  }

  stop(): void {
    this.#stopped = true
    Dexie.on.storagemutated.unsubscribe(this.#onMutation)
    this.#wake?.()
  }

  /** Dexie says which keys were written in which store, by this tab or another. */
  readonly #onMutation = (parts: ObservabilitySet): void => {
    const written = parts[`idb://${this.tables.dexie.name}/summaries/`]
    if (!written) return
    this.#changed.add(written)
    this.#wake?.()
  }

  async #keepUp(): Promise<void> {
    if (this.recent) this.#first = await firstOf(this.tables, this.accountKey, this.recent)
    while (!this.#stopped) {
      const ranges = this.#takeChanged()
      if (ranges.length === 0) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
        continue
      }
      for (const range of ranges) {
        const rows = await this.#read(range)
        this.#known = this.#replaced(range, rows)
      }
      if (this.#stopped) return
      this.listener(this.#known)
      await pause(BETWEEN_REPORTS_MS)
    }
  }

  #takeChanged(): KeyRange[] {
    const changed = [...this.#changed]
    this.#changed = new RangeSet()
    const ranges = changed.flatMap(({ from, to }) => this.#within(from, to))
    const [first] = ranges
    const last = ranges.at(-1)
    if (!first || !last || ranges.length <= MAX_RANGES) return ranges
    return [{ from: first.from, to: last.to }]
  }

  #within(from: IndexableType, to: IndexableType): KeyRange[] {
    const first = this.#first
    const last = [this.accountKey, Dexie.maxKey]
    const range = { from: cmp(from, first) < 0 ? first : from, to: cmp(to, last) > 0 ? last : to }
    return cmp(range.from, range.to) > 0 ? [] : [range]
  }

  /** Newest first. Each piece is a task of its own, so that the page can draw between. */
  async #read({ from, to }: KeyRange): Promise<RunSummary[]> {
    const rows: RunSummary[] = []
    for (let after: IndexableType | null = null; !this.#stopped;) {
      const records: unknown[] = await this.tables.summaries
        .where(':id')
        .between(after ?? from, to, after === null, true)
        .limit(PIECE)
        .toArray()
      for (const record of records) {
        const summary = readSummary(record, this.accountKey)
        if (summary) rows.push(this.#texts.share(summary))
      }
      if (records.length < PIECE) break
      after = keyOf(records.at(-1))
    }
    return rows.toReversed()
  }

  /** What is known, with these for what it had in the range. */
  #replaced({ from, to }: KeyRange, rows: readonly RunSummary[]): readonly RunSummary[] {
    const begin = this.#firstAt((key) => cmp(key, to) <= 0)
    const end = this.#firstAt((key) => cmp(key, from) < 0)
    return [...this.#known.slice(0, begin), ...rows, ...this.#known.slice(end)]
  }

  /** The first from which on all keys, which fall, are so. */
  #firstAt(isSo: (key: IndexableType) => boolean): number {
    let [low, high] = [0, this.#known.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      const summary = this.#known[middle]
      if (summary && isSo([this.accountKey, summary.startedAt, summary.promptId])) high = middle
      else low = middle + 1
    }
    return low
  }
}

/** Where the newest runs begin. Counts over keys alone: no record is read for it. */
async function firstOf(
  { summaries }: Tables,
  accountKey: string,
  { from, count }: Recent,
): Promise<IndexableType> {
  const since: IndexableType = [accountKey, from]
  if (count <= 0) return since
  const [oldest] = await summaries
    .where(':id')
    .between([accountKey, Dexie.minKey], [accountKey, Dexie.maxKey])
    // oxlint-disable-next-line unicorn/no-array-reverse -- Dexie's: it is a collection and no array
    .reverse()
    .offset(count - 1)
    .limit(1)
    .primaryKeys()
  // Fewer than that: all of them.
  const least: IndexableType = oldest ?? [accountKey, Dexie.minKey]
  return cmp(least, since) < 0 ? least : since
}

/** Whatever else is in a record, the database could not hold it without its key. */
function keyOf(record: unknown): IndexableType {
  const part = (path: string): IndexableType =>
    Dexie.getByKeyPath(Object(record), path) as IndexableType
  return [part('place'), part('startedAt'), part('promptId')] as IndexableType
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
