import { defineStore } from 'pinia'
import { computed, onScopeDispose } from 'vue'
import { useBillingAccountStore } from '../billing-account/store.ts'
import type { LimitAlert } from './alert.ts'
import { parseSettings, type LimitSettings } from './limit.ts'
import type { LimitProgress } from './progress.ts'
import { useSettings } from './use-settings.ts'
import { useStoppedRuns } from './use-stopped-runs.ts'

/** What may be spent, as the person has set it for the account that pays, and how far it is used. */
export const useLimitsStore = defineStore('limits', () => {
  const billing = useBillingAccountStore()
  const { settings, save, couldNotStore } = useSettings()
  const { stopped, add: addStopped } = useStoppedRuns()
  const listeners = new Set<(alert: LimitAlert) => void>()
  onScopeDispose(() => listeners.clear())

  return {
    /** Of the account that pays; nothing is set while nobody knows which one does. */
    settings,
    /** False where the browser does not let us store them: then they hold until the page is left. */
    save,
    /** Whether what holds now is not stored. */
    couldNotStore,
    /** Of each limit, in their order. */
    progress: computed((): readonly LimitProgress[] => []),
    /** Newest first. */
    stopped,
    addStopped,
    /** Called once for each thing that happens, in one tab. */
    onAlert(listener: (alert: LimitAlert) => void): () => void {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    /** Why the account itself lets no run start, such as `workspace_cap_exceeded`; empty: it does. */
    accountDenials: computed((): readonly string[] => {
      const { runDenial } = billing.rights
      return runDenial === null ? [] : [runDenial]
    }),
    /** As they go into a file. */
    exportSettings: (): LimitSettings => settings.value,
    /** Takes the place of what is set. False for what is none, and where it cannot be stored. */
    importSettings(value: unknown): boolean {
      const parsed = parseSettings(value)
      return parsed !== null && save(parsed)
    },
  }
})
