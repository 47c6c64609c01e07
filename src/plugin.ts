import { PiniaColada } from '@pinia/colada'
import { createPinia, disposePinia } from 'pinia'
import PrimeVue from 'primevue/config'
import { effectScope, onScopeDispose, watch, type Plugin } from 'vue'
import { useBalanceStore } from './balance/store.ts'
import { creditsContextKey, type CreditsContext } from './context.ts'
import { useHistoryStore } from './history/store.ts'
import { createTexts } from './i18n/texts.ts'
import { usePurchaseStore } from './purchase/store.ts'
import { useSessionStore } from './session/store.ts'
import { preset } from './ui/preset.ts'
import { useLedgerStore } from './run-archive/store.ts'
import { SETTLE_MS } from './runs/run.ts'
import { useRunsStore } from './runs/store.ts'

/** What the balance is now, all that the run cost is in it: so it proves what that was. */
const SETTLED_MS = SETTLE_MS + 500

/**
 * All that the panel needs, on the app it is given: `app.use(CreditsPlugin, { host })`: stores,
 * texts and PrimeVue. What ComfyUI needs to show it is src/boot.ts's.
 */
export const CreditsPlugin: Plugin<[CreditsContext]> = {
  install(app, context) {
    app.provide(creditsContextKey, context)
    const pinia = createPinia()
    app.use(pinia)
    app.use(PiniaColada, { pinia })
    app.use(PrimeVue, { unstyled: true, pt: preset })

    const scope = effectScope(true)
    app.runWithContext(() =>
      scope.run(() => {
        const session = useSessionStore()
        const texts = createTexts()
        app.use(texts.plugin)
        watch(texts.language, session.speak, { flush: 'sync' })
        watch(() => session.locale, texts.speak, { immediate: true })
        refreshAfterRuns()
        askForLostRuns()
        // Made here, outside any component: it must outlive the popup that shows it.
        usePurchaseStore()
      }),
    )
    app.onUnmount(() => {
      scope.stop()
      disposePinia(pinia)
    })
  },
}

/** A finished run has changed the balance and the history, or is about to. */
function refreshAfterRuns(): void {
  const balance = useBalanceStore()
  const history = useHistoryStore()
  const runs = useRunsStore()
  const ledger = useLedgerStore()
  let late: ReturnType<typeof setTimeout> | undefined
  const refresh = (): void => {
    void balance.refresh()
    void history.refresh()
  }
  function refreshOnceSettled(endedAt: number): void {
    const left = endedAt + SETTLED_MS - Date.now()
    if (left <= 0) return
    clearTimeout(late)
    late = setTimeout(refresh, left)
  }
  const off = runs.onFinished((run) => {
    if (run.calls.length === 0 || run.endedAt === null) return
    refresh()
    refreshOnceSettled(run.endedAt)
  })
  // Of another tab, or of this page before it was loaded anew: nobody else may ask here.
  watch(
    () => ledger.runs[0]?.endedAt,
    (endedAt) => {
      if (endedAt) refreshOnceSettled(endedAt)
    },
  )
  onScopeDispose(() => {
    off()
    clearTimeout(late)
  })
}

/** Of a kept run that seems to go on the server knows whether it can: its end may have been missed. */
function askForLostRuns(): void {
  const runs = useRunsStore()
  const ledger = useLedgerStore()
  watch(
    () => {
      const here = new Set(runs.runs.map(({ promptId }) => promptId))
      return ledger.runs.find((run) => run.endedAt === null && !here.has(run.promptId))?.promptId
    },
    (promptId) => {
      if (promptId !== undefined) runs.askIfIdle().catch((error: unknown) => reportError(error))
    },
  )
}
