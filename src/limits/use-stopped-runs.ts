import { onScopeDispose, shallowRef, watch } from 'vue'
import { useRunsStore } from '../runs/store.ts'
import { browserStorage } from '../storage/browser-storage.ts'
import { onSettingsStored } from './settings-signal.ts'
import { addStopped, isStoppedName, readStopped, type StoppedRun } from './stopped-run.ts'

/** What limits have stopped, of the account that pays, in whichever tab; newest first. */
export function useStoppedRuns() {
  const runs = useRunsStore()
  const storage = browserStorage()
  const stopped = shallowRef<readonly StoppedRun[]>([])

  function refresh(): void {
    const { accountKey } = runs
    stopped.value = accountKey === null ? [] : readStopped(storage, accountKey)
  }
  function receive({ key }: StorageEvent): void {
    if (isStoppedName(key)) refresh()
  }
  watch(() => runs.accountKey, refresh, { flush: 'sync', immediate: true })
  window.addEventListener('storage', receive)
  onScopeDispose(() => window.removeEventListener('storage', receive))
  // Both are deleted with all else that is stored.
  onScopeDispose(onSettingsStored(refresh))

  return {
    stopped,
    add(run: StoppedRun): void {
      if (runs.accountKey !== null) addStopped(storage, runs.accountKey, run)
      refresh()
    },
  }
}
