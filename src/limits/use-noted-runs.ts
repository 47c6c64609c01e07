import { onScopeDispose, shallowRef, watch, type Ref } from 'vue'
import type { Reservation } from '../reservations/reservation.ts'
import { useReservationsStore } from '../reservations/store.ts'
import { useRunsStore } from '../runs/store.ts'
import { browserStorage } from '../storage/browser-storage.ts'
import { isNotedName, noteRun, readNoted, type NotedRun } from './noted-run.ts'

interface Options {
  /** Whether any limit needs it. */
  readonly isNeeded: () => boolean
  readonly offset: Readonly<Ref<number>>
}

/** What is noted of the account's runs; notes those that this tab has sent. */
export function useNotedRuns({ isNeeded, offset }: Options) {
  const runs = useRunsStore()
  const reservations = useReservationsStore()
  const storage = browserStorage()
  const noted = shallowRef<ReadonlyMap<string, NotedRun>>(new Map())
  /** By auto-queue, in this tab. */
  const autoQueued = new Set<string>()
  const seen = new Set<string>()

  function refresh(): void {
    const { accountKey } = runs
    noted.value = accountKey === null ? new Map() : readNoted(storage, accountKey)
  }
  function receive({ key }: StorageEvent): void {
    if (isNotedName(key)) refresh()
  }
  function note({ id, takenAt, expected }: Reservation): void {
    if (expected?.isAuto) autoQueued.add(id)
    if (takenAt === null || !expected || expected.parts.length === 0 || seen.has(id)) return
    if (runs.accountKey === null || !isNeeded()) return
    seen.add(id)
    const { usdMicros, parts } = expected
    noteRun(storage, runs.accountKey, {
      id,
      at: takenAt,
      skewMs: offset.value,
      usdMicros,
      parts,
    })
    refresh()
  }

  watch(() => runs.accountKey, refresh, { flush: 'sync', immediate: true })
  watch(
    () => reservations.version,
    () => {
      for (const run of reservations.own()) note(run)
    },
    { immediate: true },
  )
  window.addEventListener('storage', receive)
  onScopeDispose(() => window.removeEventListener('storage', receive))
  return { noted, autoQueued }
}
