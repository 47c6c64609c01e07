import type { ComfyApp, ComfySetting } from './comfy-types.ts'
import css from './settings-entry.css?inline'

const SETTING_ID = 'ComfyUICredits.Panel'
const ELEMENT = 'comfyui-credits-panel'

export interface PanelListener {
  readonly shown: (element: HTMLElement) => void
  readonly hidden: (element: HTMLElement) => void
}

export interface SettingsEntry {
  show(): void
  hide(): void
}

/**
 * Our entry in the settings dialog: a setting whose renderer is the panel. The host may call the
 * renderer many times and never tells of unmounting, so it always gets the same custom element,
 * whose own callbacks say when the panel is on screen. `type = 'hidden'` takes the entry away at
 * once, in the open dialog too.
 */
export function createSettingsEntry(app: ComfyApp, listener: PanelListener): SettingsEntry {
  const element = createPanelElement(listener)
  const render = () => element
  const setting: ComfySetting = {
    id: SETTING_ID,
    name: 'Credits',
    // Lower case: the host then draws its own coins icon beside it. Its label comes from
    // settingsCategories.credits in locales/<lang>/main.json.
    category: ['credits', 'ComfyUICredits', 'Panel'],
    defaultValue: null,
    type: render,
  }
  const registered = () => app.extensionManager?.setting?.settings?.[SETTING_ID]

  return {
    show() {
      addStyle()
      const known = registered()
      if (known) known.type = render
      else app.ui?.settings?.addSetting?.(setting)
    },
    hide() {
      const known = registered()
      if (!known || known.type === 'hidden') return
      if (element.isConnected) leavePanel()
      known.type = 'hidden'
    },
  }
}

/** Up to 1.50 the pane of a vanished entry stays blank: go to the user's page first. */
function leavePanel(): void {
  document.querySelector<HTMLElement>('[data-nav-id="user"]')?.click()
}

function addStyle(): void {
  if (document.getElementById(SETTING_ID)) return
  document.head.append(
    Object.assign(document.createElement('style'), { id: SETTING_ID, textContent: css }),
  )
}

function createPanelElement(listener: PanelListener): HTMLElement {
  class PanelElement extends HTMLElement {
    connectedCallback(): void {
      listener.shown(this)
    }
    disconnectedCallback(): void {
      listener.hidden(this)
    }
  }
  customElements.define(ELEMENT, PanelElement)
  return document.createElement(ELEMENT)
}
