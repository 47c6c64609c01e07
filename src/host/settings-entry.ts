import type { ComfyApp, ComfySetting } from './comfy-types.ts'
import { isOn, OPTION_SETTINGS } from './options.ts'
import type { OptionName } from './port.ts'
import css from './settings-entry.css?inline'
import { followSettingsSearch } from './settings-search.ts'

/** Our panel, as a setting of ComfyUI. */
export const PANEL_SETTING = 'ComfyUICredits.Panel'
/** An entry in the list of the settings dialog; 1.40.0 marks it in a way of its own. */
const navEntry = (key: string) => `[data-nav-id="${key}"], [data-testid="settings-tab-${key}"]`
const NAV_ENTRY = navEntry('root/credits')
const USER_ENTRY = navEntry('user')
/** The host shows its dialog within 0.1 s; a slow machine may take its time. */
const ENTER_WITHIN_MS = 5000
/** On the busiest machine tried, the same login was back after 0.8 s. */
const BACK_WITHIN_MS = 5000
const ELEMENT = 'comfyui-credits-panel'

export interface PanelListener {
  readonly shown: (element: HTMLElement) => void
  readonly hidden: (element: HTMLElement) => void
}

export interface SettingsEntry {
  /**
   * Goes back to the panel too, if it was on screen when this account's login ended a moment ago:
   * up to 1.45 opening ComfyUI in another tab logs this one out and in again.
   */
  show(accountId: string): void
  hide(): void
  /** To our page of the settings that are open or opening; false when there is none. */
  enter(): Promise<boolean>
  /** What the person has chosen; true where nothing was chosen or the host cannot say. */
  takesOver(): boolean
}

/**
 * Our entry in the settings dialog: a setting whose renderer is the panel. The host may call the
 * renderer many times and never reports unmounting, so it always gets the same custom element,
 * whose own callbacks say when the panel is on screen. `type = 'hidden'` takes the entry away at
 * once, in the open dialog too; the settings below the panel come and go with it.
 */
export function createSettingsEntry(app: ComfyApp, listener: PanelListener): SettingsEntry {
  const element = createPanelElement(listener)
  const settings = ownSettings(element)
  const registered = (id: string) => app.extensionManager?.setting?.settings?.[id]
  followSettingsSearch({
    entry: () => document.querySelector<HTMLElement>(NAV_ENTRY),
    isShown: () => element.isConnected,
  })
  let shownTo = ''
  /**
   * When the panel last went off the screen with a login that has not come back since, by the
   * page's own age: the computer's clock may be set meanwhile.
   */
  let leftAt = -Infinity

  async function enter(): Promise<boolean> {
    const entry = await appearing(NAV_ENTRY, ENTER_WITHIN_MS)
    if (entry === null) return false
    if (!element.isConnected) entry.click()
    // In 1.58 ours is the last entry, below the fold.
    entry.scrollIntoView({ block: 'nearest' })
    return true
  }

  return {
    show(accountId) {
      addStyle()
      for (const { type, ...setting } of settings) {
        const known = registered(setting.id)
        if (known) known.type = type
        else app.ui?.settings?.addSetting?.({ ...setting, type })
      }
      const isBack = shownTo === accountId && performance.now() - leftAt < BACK_WITHIN_MS
      if (isBack && document.querySelector(USER_ENTRY)) void enter()
      shownTo = accountId
      leftAt = -Infinity
    },
    hide() {
      if (element.isConnected) {
        leftAt = performance.now()
        leavePanel()
      }
      for (const { id } of settings) {
        const known = registered(id)
        if (known) known.type = 'hidden'
      }
    },
    enter,
    takesOver: () => isOn(app, 'takeOver'),
  }
}

/**
 * Names, tooltips and groups are translated by the host, from locales/<lang>/settings.json and
 * main.json, English too.
 */
function ownSettings(element: HTMLElement): readonly ComfySetting[] {
  return [
    {
      id: PANEL_SETTING,
      name: 'Credits',
      // Lower case: the host then draws its own coins icon beside it. Its label comes from
      // settingsCategories.credits in locales/<lang>/main.json.
      category: ['credits', 'ComfyUICredits', 'Panel'],
      defaultValue: null,
      sortOrder: 100,
      type: () => element,
    },
    optionSetting('takeOver', 'Use this panel for buying credits'),
    optionSetting('badge', 'Show credits in the top bar'),
    optionSetting('estimate', 'Show cost beside Run'),
    optionSetting('guard', 'Ask before runs your credits don’t cover'),
    optionSetting('toast', 'Notify me of each run’s cost', false),
    optionSetting('thumbnails', 'Show pictures of what runs made'),
  ]
}

function optionSetting(option: OptionName, name: string, defaultValue = true): ComfySetting {
  const id = OPTION_SETTINGS[option]
  return {
    id,
    name,
    // The host shows the translated one only where the setting itself has one.
    tooltip: name,
    category: ['credits', 'ComfyUICreditsOptions', id],
    defaultValue,
    type: 'boolean',
  }
}

/** The first element that matches, as soon as there is one; null when none came in time. */
function appearing(selector: string, withinMs: number): Promise<HTMLElement | null> {
  const find = () => document.querySelector<HTMLElement>(selector)
  const there = find()
  if (there !== null) return Promise.resolve(there)
  return new Promise((resolve) => {
    const finish = (found: HTMLElement | null) => {
      observer.disconnect()
      clearTimeout(timer)
      resolve(found)
    }
    const observer = new MutationObserver(() => {
      const found = find()
      if (found !== null) finish(found)
    })
    const timer = setTimeout(() => finish(null), withinMs)
    observer.observe(document.body, { childList: true, subtree: true })
  })
}

/** Up to 1.50 the pane of a vanished entry stays blank: go to the user's page first. */
function leavePanel(): void {
  document.querySelector<HTMLElement>(USER_ENTRY)?.click()
}

function addStyle(): void {
  if (document.getElementById(PANEL_SETTING)) return
  document.head.append(
    Object.assign(document.createElement('style'), { id: PANEL_SETTING, textContent: css }),
  )
}

class PanelElement extends HTMLElement {
  listener: PanelListener | null = null

  connectedCallback(): void {
    this.listener?.shown(this)
  }
  disconnectedCallback(): void {
    this.listener?.hidden(this)
  }
}

function createPanelElement(listener: PanelListener): HTMLElement {
  if (!customElements.get(ELEMENT)) customElements.define(ELEMENT, PanelElement)
  // Not by `new`: a second copy of this extension finds the name taken by the first one's class.
  return Object.assign(document.createElement(ELEMENT), { listener })
}
