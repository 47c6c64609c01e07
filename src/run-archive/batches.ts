import type { Run } from '../runs/run.ts'
import type { Verdict } from '../reconciliation/verdict.ts'
import type { Reading } from '../reconciliation/balance-reading.ts'
import type { RunArchive, Writing } from './port.ts'
import { readJudged, readReading } from './schema.ts'

/** A run changes many times in its first second; all of that is one write. */
const COLLECT_MS = 400

interface Batch {
  readonly runs: Map<string, Run>
  readonly verdicts: Map<string, Verdict>
  readonly readings: Reading[]
}

/** What could not be written waits for the next try; it must not grow without end. */
const MAX_WAITING = 1000

/** Writes in the background: nobody waits for it. Of a run that changes, the last is written. */
export class Batches {
  #open = new Map<string, Batch>()
  #writing: Promise<unknown> = Promise.resolve()
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly archive: Pick<RunArchive, 'write'>,
    /** Called after each write with whether all that was added is in the database. */
    private readonly onWritten: (written: boolean) => void,
  ) {}

  addRun(accountKey: string, run: Run): void {
    if (!isStorable(run)) return
    this.#batch(accountKey).runs.set(run.promptId, run)
  }

  addVerdict(accountKey: string, verdict: Verdict): void {
    this.#batch(accountKey).verdicts.set(verdict.promptId, verdict)
  }

  addReading(accountKey: string, reading: Reading): void {
    if (readReading({ place: accountKey, ...reading }, accountKey) === null) return
    this.#batch(accountKey).readings.push(reading)
  }

  /** At once: the page is going. Resolves when all that was added is written, or has failed. */
  flush(): Promise<unknown> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const batches = this.#open
    const writings = [...batches].map(([accountKey, { runs, verdicts, readings }]): Writing => ({
      accountKey,
      runs: [...runs.values()],
      verdicts: [...verdicts.values()],
      readings,
    }))
    this.#open = new Map()
    if (writings.length > 0) {
      const written = this.archive.write(writings).then(
        () => this.onWritten(true),
        () => this.#retry(batches),
      )
      this.#writing = Promise.all([this.#writing, written])
    }
    return this.#writing
  }

  /** Full or forbidden: all of it is written with what comes next, if the browser lets us then. */
  #retry(batches: ReadonlyMap<string, Batch>): void {
    for (const [accountKey, { runs, verdicts, readings }] of batches) {
      const since = this.#open.get(accountKey)
      this.#open.set(accountKey, {
        runs: newest([...runs, ...(since?.runs ?? [])]),
        verdicts: newest([...verdicts, ...(since?.verdicts ?? [])]),
        readings: [...readings, ...(since?.readings ?? [])].slice(-MAX_WAITING),
      })
    }
    this.onWritten(false)
  }

  #batch(accountKey: string): Batch {
    this.#timer ??= setTimeout(() => void this.flush(), COLLECT_MS)
    const batch = this.#open.get(accountKey) ?? {
      runs: new Map(),
      verdicts: new Map(),
      readings: [],
    }
    this.#open.set(accountKey, batch)
    return batch
  }
}

/**
 * What would not be read again is not written either: one record that the database refuses would
 * take all that is written with it, and be tried again for ever.
 */
function isStorable(run: Run): boolean {
  return readJudged({ place: '', run }, '') !== null
}

/** Of each the last, and of all the last that were added. */
function newest<T>(entries: readonly (readonly [string, T])[]): Map<string, T> {
  return new Map([...new Map(entries)].slice(-MAX_WAITING))
}
