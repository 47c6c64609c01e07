import { app as hostApp } from '/scripts/app.js'
import { createComfyHost } from './host/comfy-host.ts'
import type { ComfyApp } from './host/comfy-types.ts'
import { createSettingsEntry } from './host/settings-entry.ts'
import type { CreditsInstance } from './panel/mount.ts'

/**
 * What ComfyUI imports at boot. It only wires: all else is loaded when somebody is logged in, and
 * then when the browser has nothing better to do, or at once when the panel is opened.
 */
const app: ComfyApp = hostApp
const host = createComfyHost(app, import.meta.url)

let credits: Promise<CreditsInstance> | null = null

function load(): Promise<CreditsInstance> {
  credits ??= import('./panel/mount.ts').then(({ createCredits }) => createCredits(host))
  return credits
}

const entry = createSettingsEntry(app, {
  shown: (element) => void load().then((instance) => instance.mount(element)),
  hidden: () => void credits?.then((instance) => instance.unmount()),
})

host.onAccountChange((account) => {
  if (account) {
    entry.show()
    whenIdle(load)
  } else {
    entry.hide()
  }
})

function whenIdle(task: () => unknown): void {
  if ('requestIdleCallback' in window) window.requestIdleCallback(task, { timeout: 5000 })
  else setTimeout(task, 1000)
}

app.registerExtension?.({
  name: 'ComfyUI.Credits',
  onAuthUserResolved: host.login,
  onAuthUserLogout: host.logout,
})
