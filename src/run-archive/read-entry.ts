import * as z from 'zod/mini'
import type { Reading } from '../reconciliation/balance-reading.ts'
import { Bounds } from './bounds.ts'
import { readRow } from './file-row.ts'
import type { Entries, JudgedRun } from './port.ts'
import { readJudged, readReading } from './schema.ts'
import { readStoredEvent, type StoredEvent } from './stored-event.ts'

/** More than most runs have. */
const CALLS_PER_RUN = 10
const MAX_EVENTS = 1000

const record = z.record(z.string(), z.unknown())
const withCalls = z.object({ calls: z.array(z.unknown()) })
const withEvents = z.object({ events: z.array(z.unknown()) })

/** Reads the entries of one file for an account, and counts what it leaves out. */
export class EntryReader {
  /** Entries that could not be read. */
  damaged = 0
  /** Rows of the list without a run or an event behind them: the balances say the same. */
  derived = 0
  readonly #bounds = new Bounds()
  #unreadableCalls = 0
  #runWork = 0
  #runs: JudgedRun[] = []
  #readings: Reading[] = []
  #events: StoredEvent[] = []

  constructor(private readonly accountKey: string) {}

  /** API calls that could not be read, or were more than are stored of one run. */
  get calls(): number {
    return this.#unreadableCalls + this.#bounds.calls
  }

  get shortened(): number {
    return this.#bounds.texts
  }

  /** How much waits to be taken: a run of many calls is as much work as many runs. */
  get waiting(): number {
    return this.#readings.length + this.#events.length + this.#runWork
  }

  take(): Entries {
    const taken = { runs: this.#runs, readings: this.#readings, events: this.#events }
    this.#runs = []
    this.#readings = []
    this.#events = []
    this.#runWork = 0
    return taken
  }

  read(value: unknown): void {
    const parsed = record.safeParse(value)
    if (!parsed.success) {
      this.damaged += 1
      return
    }
    const entry = parsed.data
    const isRead = [this.#readRun(entry), this.#readEvents(entry), this.#readReading(entry)]
    if (!isRead.includes(true) && !this.#readRow(entry['row'] ?? entry)) this.damaged += 1
  }

  #readRun(entry: Record<string, unknown>): boolean {
    const judged = readJudged({ ...entry, place: this.accountKey }, this.accountKey)
    if (!judged) return false
    const written = withCalls.safeParse(entry['run'])
    if (written.success) {
      this.#unreadableCalls += written.data.calls.length - judged.run.calls.length
    }
    this.#addRun(judged)
    return true
  }

  #readEvents(entry: Record<string, unknown>): boolean {
    const parsed = withEvents.safeParse(entry)
    if (!parsed.success) return false
    const written = parsed.data.events.slice(0, MAX_EVENTS)
    const events = written.flatMap((event) => readStoredEvent(event) ?? [])
    this.damaged += events.length === 0 ? 0 : parsed.data.events.length - events.length
    this.#events.push(...events)
    return events.length > 0
  }

  #readReading(entry: Record<string, unknown>): boolean {
    const parsed = record.safeParse(entry['reading'])
    if (!parsed.success) return false
    const reading = readReading({ ...parsed.data, place: this.accountKey }, this.accountKey)
    if (reading) this.#readings.push(reading)
    return reading !== null
  }

  #readRow(value: unknown): boolean {
    const row = readRow(value)
    if (row?.kind === 'run') this.#addRun(row.judged)
    if (row?.kind === 'event') this.#events.push(row.event)
    if (row?.kind === 'derived') this.derived += 1
    return row !== null
  }

  #addRun({ run, verdict }: JudgedRun): void {
    this.#runWork += 1 + Math.floor(run.calls.length / CALLS_PER_RUN)
    const isOfIt = verdict?.promptId === run.promptId
    this.#runs.push({
      run: { ...this.#bounds.run(run), purse: this.accountKey },
      verdict: verdict && isOfIt ? this.#bounds.verdict(verdict) : null,
    })
  }
}
