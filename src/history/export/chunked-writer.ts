import { FRAME_BUDGET_MS, nextTask } from '../../composables/next-task.ts'
import type { HistoryRow } from '../row.ts'

/** A file that is written piece by piece. */
export interface Writer {
  readonly begin: string
  /** Of rows that follow those before; never of none. */
  readonly write: (rows: readonly HistoryRow[]) => string
  /** Between two pieces. */
  readonly between: string
  readonly end: string
}

const ROWS_AT_ONCE = 50

/** Each piece takes so little that the page can do all else meanwhile. */
export async function inPieces<T>(
  items: readonly T[],
  work: (items: readonly T[]) => void,
  { progress, signal }: { progress: (share: number) => void; signal: AbortSignal },
): Promise<void> {
  let since = performance.now()
  for (let done = 0; done < items.length; done += ROWS_AT_ONCE) {
    work(items.slice(done, done + ROWS_AT_ONCE))
    if (performance.now() - since < FRAME_BUDGET_MS) continue
    progress(done / items.length)
    await nextTask()
    signal.throwIfAborted()
    since = performance.now()
  }
  progress(1)
}

/** Enough for there to be few, and little enough to be copied within a frame. */
const PART_LETTERS = 250_000

/**
 * The file, in parts that lie outside of the page's own memory: to make a file of one long text would
 * take as long as all the rows. Rejects with an AbortError when `signal` aborts.
 */
export async function writeFile(
  rows: readonly HistoryRow[],
  { begin, write, between, end }: Writer,
  how: Parameters<typeof inPieces>[2],
): Promise<Blob[]> {
  const parts: Blob[] = []
  let text = begin
  let isFirst = true
  await inPieces(
    rows,
    (some) => {
      text += `${isFirst ? '' : between}${write(some)}`
      isFirst = false
      if (text.length < PART_LETTERS) return
      parts.push(new Blob([text]))
      text = ''
    },
    how,
  )
  return [...parts, new Blob([text + end])]
}
