import { onScopeDispose, shallowRef, watch, type Ref } from 'vue'
import { useRunsStore } from '../runs/store.ts'
import { browserStorage } from '../storage/browser-storage.ts'
import { hasSettings, onSettingsStored } from './stored-settings.ts'

/** Whether the account that pays has any limit: without one nothing more is loaded. */
export function useHasLimits(): Readonly<Ref<boolean>> {
  const runs = useRunsStore()
  const storage = browserStorage()
  const has = shallowRef(false)
  function look(): void {
    has.value = runs.accountKey !== null && hasSettings(storage, runs.accountKey)
  }
  watch(() => runs.accountKey, look, { flush: 'sync', immediate: true })
  onScopeDispose(onSettingsStored(look))
  return has
}
