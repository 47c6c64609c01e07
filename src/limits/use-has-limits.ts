import { onScopeDispose, shallowRef, watch, type Ref } from 'vue'
import { useRunsStore } from '../runs/store.ts'
import { browserStorage } from '../storage/browser-storage.ts'
import { onSettingsStored, settingsName } from './settings-signal.ts'

/** Whether a limit is set for the account that pays. Without one nothing more is loaded. */
export function useHasLimits(): Readonly<Ref<boolean>> {
  const runs = useRunsStore()
  const storage = browserStorage()
  const has = shallowRef(false)
  function look(): void {
    const { accountKey } = runs
    has.value = accountKey !== null && storage.getItem(settingsName(accountKey)) !== null
  }
  watch(() => runs.accountKey, look, { flush: 'sync', immediate: true })
  onScopeDispose(onSettingsStored(look))
  return has
}
