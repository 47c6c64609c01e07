import { onScopeDispose, ref, type Ref } from 'vue'
import { saveFile } from '../../ui/save-file.ts'
import { useRunArchiveStore } from '../../run-archive/store.ts'
import { useRunsStore } from '../../runs/store.ts'
import type { HistoryRow } from '../row.ts'
import type { BalanceAfter } from './export-row.ts'
import { writeFile } from './chunked-writer.ts'

export type FileKind = 'csv' | 'json'

/** `share`: from 0 to 1. `incomplete`: not all of the history could be loaded. */
export type Progress =
  | { readonly state: 'idle' | 'cancelled' | 'failed' | 'printed' | 'incomplete' }
  | {
      readonly state: 'working'
      readonly share: number
      /** While what is not here yet is loaded, in events. */
      readonly loading: { readonly loaded: number; readonly total: number } | null
    }
  | { readonly state: 'saved'; readonly file: string }

const types = { csv: 'text/csv;charset=utf-8', json: 'application/json' } as const

/** Makes a file of rows while the page goes on; one at a time. */
export function useSaving() {
  const runs = useRunsStore()
  const runArchive = useRunArchiveStore()
  const progress = ref<Progress>({ state: 'idle' })
  const working = new AbortControllers()
  onScopeDispose(() => working.abort())

  /** `work` tells by its result how it ended; what it throws is a failure, but for an abort. */
  async function begin(work: (how: How) => Promise<Progress>): Promise<void> {
    if (progress.value.state === 'working') return
    progress.value = { state: 'working', share: 0, loading: null }
    const signal = working.next()
    try {
      progress.value = await work({
        signal,
        progress: (share) => {
          progress.value = { state: 'working', share, loading: null }
        },
        loading: (done, total) => {
          const share = total === 0 ? 0 : done / total
          progress.value = { state: 'working', share, loading: { loaded: done, total } }
        },
      })
    } catch (error) {
      progress.value = { state: signal.aborted ? 'cancelled' : 'failed' }
      if (!signal.aborted) reportError(error)
    }
  }

  /** `rows` are asked for when the work begins. */
  function save(
    { kind, isPart, isFiltered }: { kind: FileKind; isPart: boolean; isFiltered: boolean },
    rows: RowsToSave,
    balanceAfter: () => BalanceAfter,
  ) {
    return begin(async (how) => {
      const all = await rows(how)
      if (all === null) return { state: 'incomplete' }
      const parts = await (kind === 'json'
        ? saveJson(all, balanceAfter(), !isPart && !isFiltered, how)
        : saveCsv(all, balanceAfter(), how))
      const file = fileName(kind, new Date(), isPart)
      saveFile(file, parts, types[kind])
      return { state: 'saved', file }
    })
  }

  async function saveJson(
    rows: readonly HistoryRow[],
    balanceAfter: BalanceAfter,
    isWhole: boolean,
    how: How,
  ): Promise<Blob[]> {
    const { jsonParts } = await import('./json.ts')
    const { archive, allReadings } = runArchive
    const of = { accountKey: runs.accountKey ?? '', archive, balanceAfter }
    return jsonParts(rows, { ...of, readings: isWhole ? allReadings : [] }, how)
  }

  return {
    progress: progress as Readonly<Ref<Progress>>,
    begin,
    save,
    cancel: () => working.abort(),
  }
}

export interface How {
  readonly signal: AbortSignal
  readonly progress: (share: number) => void
  readonly loading: (loaded: number, total: number) => void
}

/** Null where not all of them could be loaded. */
export type RowsToSave = (how: How) => Promise<readonly HistoryRow[] | null>

class AbortControllers {
  #now = new AbortController()

  next(): AbortSignal {
    this.#now = new AbortController()
    return this.#now.signal
  }

  abort(): void {
    this.#now.abort()
  }
}

async function saveCsv(rows: readonly HistoryRow[], balanceAfter: BalanceAfter, how: How) {
  const { csvWriter } = await import('./csv.ts')
  return writeFile(rows, csvWriter(balanceAfter), how)
}

/** With the person's date, so that the files of several days lie side by side in order. */
function fileName(kind: FileKind, now: Date, isPart: boolean): string {
  const day = [now.getFullYear(), now.getMonth() + 1, now.getDate()]
    .map((part) => String(part).padStart(2, '0'))
    .join('-')
  return `comfyui-credits-history-${day}${isPart ? '-part' : ''}.${kind}`
}
