import { until } from '@vueuse/core'
import { createApp, nextTick, type App } from 'vue'
import { createApi } from '../api/client.ts'
import type { Api } from '../api/port.ts'
import type { Host } from '../host/port.ts'
import { CreditsPlugin } from '../plugin.ts'
import { usePurchasePopup } from '../purchase/use-popup.ts'
import { usePanelTabStore, type PanelTab } from '../session/panel-tab.ts'
import { useSessionStore } from '../session/store.ts'
import CreditsRoot from './CreditsRoot.vue'
import { holdFocus } from './hold-focus.ts'

/** A slow machine may take its time. */
const SHOWN_WITHIN_MS = 5000

export interface CreditsInstance {
  /** Fetches what the panel shows right after its first paint. */
  preload(): Promise<unknown>
  /** Shows the panel inside `element`. */
  mount(element: HTMLElement): void
  /** Takes the panel off the screen; stores and a pending purchase go on. */
  unmount(): void
  /** The panel was asked for: reading begins at its heading, on this tab or on the one last open. */
  enter(tab?: PanelTab): Promise<void>
  /** Opens the purchase popup in the panel; `refused`: a run was, for lack of credits. */
  openPurchase(why?: { readonly refused: boolean }): void
  /** Refreshes balance and history, and shows the outcome in the host's toast. */
  refresh(): Promise<void>
  /** Ends everything: timers, listeners, requests. */
  dispose(): void
}

/**
 * The one Vue app of the extension. Made once after the first login, so that its stores follow
 * runs and payments while the panel is not on screen.
 */
export function createCredits(host: Host, api: Api = createApi()): CreditsInstance {
  const app = createApp(CreditsRoot)
  app.use(CreditsPlugin, { host, api })
  const container = document.createElement('div')
  // Vue's type for what it mounts knows nothing of what CreditsRoot exposes.
  const root = app.mount(container) as InstanceType<typeof CreditsRoot>
  return creditsOf(app, root, container)
}

/** Drives an app whose root, CreditsRoot, is mounted inside `container`. */
export function creditsOf(
  app: App,
  root: { readonly refresh: () => Promise<void> },
  container: HTMLElement,
): CreditsInstance {
  const session = app.runWithContext(() => useSessionStore())
  const purchase = app.runWithContext(() => usePurchasePopup())
  const panelTab = app.runWithContext(() => usePanelTabStore())

  return {
    preload: () =>
      Promise.all([
        import('../overview/BalanceOutlook.vue'),
        import('../overview/OverviewDetails.vue'),
        import('../history/HistorySection.vue'),
        import('../history/list/HistoryList.vue'),
      ]),
    mount(element) {
      element.append(container)
      session.shown = true
    },
    unmount() {
      session.shown = false
      container.remove()
    },
    async enter(tab) {
      if (tab) panelTab.choose(tab)
      // The host may still be drawing the page that it is on.
      await until(() => session.shown).toBe(true, { timeout: SHOWN_WITHIN_MS })
      await nextTick()
      const heading = container.querySelector<HTMLElement>('h2')
      if (heading) holdFocus(heading)
    },
    openPurchase: (why) => purchase.open(why),
    refresh: () => root.refresh(),
    dispose() {
      session.shown = false
      container.remove()
      app.unmount()
    },
  }
}
