import { onScopeDispose, shallowRef, watch } from 'vue'
import { useRunsStore } from '../runs/store.ts'
import { browserStorage } from '../storage/browser-storage.ts'
import { noLimits, parseSettings, type LimitSettings } from './limit.ts'
import { onSettingsStored } from './settings-signal.ts'
import { readSettings, storeSettings } from './stored-settings.ts'

/** What is set for the account that pays, in whichever tab it was. */
export function useSettings() {
  const runs = useRunsStore()
  const storage = browserStorage()
  const settings = shallowRef(noLimits)
  const couldNotStore = shallowRef(false)

  function refresh(): void {
    const { accountKey } = runs
    settings.value = accountKey === null ? noLimits : readSettings(storage, accountKey)
    couldNotStore.value = false
  }
  watch(() => runs.accountKey, refresh, { flush: 'sync', immediate: true })
  onScopeDispose(onSettingsStored(refresh))

  function save(next: LimitSettings): boolean {
    const parsed = parseSettings(next)
    if (parsed === null || runs.accountKey === null) return false
    const isStored = storeSettings(storage, runs.accountKey, parsed)
    settings.value = parsed
    couldNotStore.value = !isStored
    return isStored
  }

  return { settings, couldNotStore, save }
}
