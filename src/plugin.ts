import { PiniaColada } from '@pinia/colada'
import { createPinia, disposePinia } from 'pinia'
import PrimeVue from 'primevue/config'
import { effectScope, watch, type Plugin } from 'vue'
import { creditsContextKey, type CreditsContext } from './context.ts'
import { createTexts } from './i18n/texts.ts'
import { useLazyScope } from './composables/use-lazy-scope.ts'
import { useSessionStore } from './session/store.ts'
import { preset } from './ui/preset.ts'

/**
 * Installs what the panel needs by `app.use(CreditsPlugin, { host, api })`: stores, texts and
 * PrimeVue. src/boot.ts wires it into ComfyUI.
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
        watch(() => session.hostLocale, texts.speak, { immediate: true })
        // Nothing on screen waits for these, and no run ends before its recorder is there.
        useLazyScope(
          async () => {
            const { followRuns } = await import('./live-updates/follow-runs.ts')
            return () => app.runWithContext(followRuns)
          },
          (error) => reportError(error),
        )
      }),
    )
    app.onUnmount(() => {
      scope.stop()
      disposePinia(pinia)
    })
  },
}
