import { createApp } from 'vue'
import type { Host } from '../host/port.ts'
import { CreditsPlugin } from '../plugin.ts'
import { useSessionStore } from '../session.ts'
import CreditsRoot from './CreditsRoot.vue'

export interface CreditsInstance {
  /** Shows the panel inside `element`. */
  mount(element: HTMLElement): void
  /** Takes the panel off the screen; stores and a pending purchase go on. */
  unmount(): void
  /** Ends everything: timers, listeners, requests. */
  dispose(): void
}

/**
 * The one Vue app of the extension. Made once after the first login, so that its stores follow
 * runs and payments while the panel is not on screen.
 */
export function createCredits(host: Host): CreditsInstance {
  const app = createApp(CreditsRoot)
  app.use(CreditsPlugin, { host })
  const session = app.runWithContext(() => useSessionStore())
  const container = document.createElement('div')
  app.mount(container)

  return {
    mount(element) {
      element.append(container)
      session.shown = true
    },
    unmount() {
      session.shown = false
      container.remove()
    },
    dispose() {
      session.shown = false
      container.remove()
      app.unmount()
    },
  }
}
