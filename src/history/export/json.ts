import type { Archive } from '../../run-archive/port.ts'
import type { FileEntry } from '../../run-archive/file-format.ts'
import { storedEventOf } from '../../run-archive/stored-event.ts'
import { runEntry, writeEntries } from '../../run-archive/write-file.ts'
import type { Reading } from '../../reconciliation/balance-reading.ts'
import type { HistoryRow } from '../row.ts'
import { outRow, type BalanceAfter } from './export-row.ts'
import type { How } from './use-download.ts'

const ROWS_AT_ONCE = 200
const READINGS_AT_ONCE = 1000

export interface JsonSource {
  readonly accountKey: string
  /** Where the runs are that a row does not carry itself; null where the browser stores none. */
  readonly archive: Pick<Archive, 'find'> | null
  readonly balanceAfter: BalanceAfter
  /**
   * Balances between the rows. None for a part of the rows: what the others cost would be taken for
   * an unknown charge wherever the file is imported.
   */
  readonly readings: readonly Reading[]
}

/**
 * The rows in the format that "Import history" reads (src/run-archive/file-format.ts). Each entry
 * has its row too, as export-row.ts describes it, for other programs; texts as they came.
 */
export async function jsonParts(
  rows: readonly HistoryRow[],
  source: JsonSource,
  { signal, progress }: How,
): Promise<Blob[]> {
  const pieces = entriesOf(rows, source, progress)
  const parts = await writeEntries(source.accountKey, pieces, { at: Date.now(), signal })
  signal.throwIfAborted()
  return parts
}

async function* entriesOf(
  rows: readonly HistoryRow[],
  source: JsonSource,
  progress: How['progress'],
): AsyncGenerator<readonly FileEntry[]> {
  for (let done = 0; done < rows.length; done += ROWS_AT_ONCE) {
    yield await entriesOfRows(rows.slice(done, done + ROWS_AT_ONCE), source)
    progress(Math.min(1, (done + ROWS_AT_ONCE) / rows.length))
  }
  const { readings } = source
  for (let done = 0; done < readings.length; done += READINGS_AT_ONCE) {
    yield readings.slice(done, done + READINGS_AT_ONCE).map((reading) => ({ reading }))
  }
}

async function entriesOfRows(
  rows: readonly HistoryRow[],
  { accountKey, archive, balanceAfter }: JsonSource,
): Promise<FileEntry[]> {
  const missing = rows.flatMap(({ parts, promptId }) => (parts === null ? (promptId ?? []) : []))
  const found = missing.length === 0 ? [] : ((await archive?.find(accountKey, missing)) ?? [])
  const stored = new Map(found.map((judged) => [judged.run.promptId, judged]))
  return rows.map((row) => {
    const { parts, promptId } = row
    const run = parts?.run ?? null
    const judged = run ? { run, verdict: parts?.verdict ?? null } : stored.get(promptId ?? '')
    return {
      row: outRow(row, balanceAfter),
      ...(judged && runEntry(judged)),
      // A run's verdict accounts for its events.
      ...(!judged && parts && { events: parts.events.map(storedEventOf) }),
    }
  })
}
