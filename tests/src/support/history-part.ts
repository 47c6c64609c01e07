import { createApp, h, type Component } from 'vue'
import { createPanelHost } from '../../../sandbox/panel/host.ts'
import { createApi } from '../../../src/api/client.ts'
import { useTextPart } from '../../../src/i18n/texts.ts'
import { CreditsPlugin } from '../../../src/plugin.ts'

interface Mounted {
  readonly element: HTMLElement
  readonly unmount: () => void
}

/** A part of the history by itself, with the stores and texts of a panel around it; nobody asks. */
export function mountPart(part: Component, props: Record<string, unknown>): Mounted {
  const element = document.createElement('div')
  document.body.append(element)
  const app = createApp({
    setup() {
      const texts = useTextPart('history')
      return () => (texts.value === 'ready' ? h(part, props) : null)
    },
  })
  app.use(CreditsPlugin, { host: createPanelHost({ account: null }), api: createApi() })
  app.mount(element)
  return {
    element,
    unmount() {
      app.unmount()
      element.remove()
    },
  }
}
