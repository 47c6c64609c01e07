import type { ComfyApp, ComfyStore } from './comfy-types.ts'
import { withoutOwnFrames } from './own-frames.ts'
import { report } from './report.ts'
import { findStore } from './stores.ts'

/**
 * ComfyUI's own ways to credits all end in `showDialog` of its Pinia store `dialog`. While this is
 * started, those calls lead to our panel; every other call goes through as it came. Keys and
 * props are those of frontends 1.40 to 1.58.
 */

const SETTINGS = 'global-settings'
/** Buying; and, to a member who may not buy, saying so. */
const PURCHASES: ReadonlySet<unknown> = new Set(['top-up-credits', 'insufficient-credits-member'])
/** Pages of the settings dialog that are about credits and nothing else. */
const CREDITS_PAGES: ReadonlySet<unknown> = new Set(['credits', 'subscription'])
/**
 * 1.58's menu opens the page `workspace` from three items: "Manage plan", "Plans & credits" and
 * "Workspace settings". The call is the same, so what was clicked tells them apart.
 */
const PLAN_ITEMS = '[data-testid="manage-plan-menu-item"], [data-testid="plans-credits-menu-item"]'
const OPEN_SETTINGS = 'Comfy.ShowSettingsDialog'

type ShowDialog = (this: unknown, ...given: unknown[]) => unknown

export interface Destination {
  /** Id of the setting that is our panel. */
  readonly settingId: string
  /** The person's choice; asked at every call, so that it counts at once. */
  readonly wanted: () => boolean
  /** Settings are opening or open: go to our page there. Resolves to whether we got there. */
  readonly enter: () => Promise<boolean>
  /** Buying was asked for; `refused` after a run that the balance did not allow. */
  readonly buy: (why: { readonly refused: boolean }) => void
}

export interface StockDialogs {
  start(): void
  /** Restores the host's function. */
  stop(): void
  /** Opens the settings on our page. Resolves to whether it is on screen. */
  openPanel(): Promise<boolean>
}

export function createStockDialogs(app: ComfyApp, destination: Destination): StockDialogs {
  const clicks = new ClickWatch()
  /** True while our own call of the host's command is on its way to `showDialog`. */
  let opening = false

  async function openPanel(): Promise<boolean> {
    const commands = app.extensionManager?.command
    opening = true
    try {
      await commands?.execute?.(OPEN_SETTINGS)
    } finally {
      opening = false
    }
    return destination.enter()
  }

  /** The call as it shall be made, or null where we have done something else instead. */
  function redirect(given: readonly unknown[]): readonly unknown[] | null {
    const call = readCall(given[0])
    if (call.key === SETTINGS && (opening || (leadsToCredits(call) && destination.wanted()))) {
      // Ours was asked for by `openPanel`, which enters by itself.
      if (!opening) settle(destination.enter())
      opening = false
      return [toOurPage(call, destination.settingId), ...given.slice(1)]
    }
    if (!PURCHASES.has(call.key) || !destination.wanted()) return given
    // Without a way to open the settings there is nothing better than the host's own dialog.
    if (typeof app.extensionManager?.command?.execute !== 'function') return given
    destination.buy({ refused: call.props['isInsufficientCredits'] === true })
    return null
  }

  function leadsToCredits({ props }: Call): boolean {
    const page = props['defaultPanel']
    return CREDITS_PAGES.has(page) || (page === 'workspace' && clicks.isOn(PLAN_ITEMS))
  }

  let restore: (() => void) | null = null
  return {
    start() {
      clicks.start()
      restore ??= wrapShowDialog(app, redirect)
    },
    stop() {
      clicks.stop()
      restore?.()
      restore = null
    },
    openPanel,
  }
}

type Redirect = (given: readonly unknown[]) => readonly unknown[] | null

/** `this`, arguments and return value stay the host's, and no error of ours stops its call. */
function wrapShowDialog(app: ComfyApp, redirect: Redirect): (() => void) | null {
  const store = findStore(app, 'dialog')
  const original = store?.['showDialog']
  if (store === undefined || typeof original !== 'function') return null
  let active = true

  function showDialog(this: unknown, ...given: unknown[]): unknown {
    const call = active ? redirectOrLeave(given, redirect) : given
    if (call === null) return settingsDialog(store)
    const show = () => Reflect.apply(original as ShowDialog, this, call)
    // A failure of a call that we have changed may be ours.
    return call === given ? withoutOwnFrames(show) : show()
  }
  Reflect.set(store, 'showDialog', showDialog)
  return () => {
    active = false
    // Somebody may have wrapped ours since: then it stays, and only passes on.
    if (store['showDialog'] === showDialog) Reflect.set(store, 'showDialog', original)
  }
}

function redirectOrLeave(given: readonly unknown[], redirect: Redirect): readonly unknown[] | null {
  try {
    return redirect(given)
  } catch (error) {
    report('A dialog could not be opened here and was left to ComfyUI.', error)
    return given
  }
}

/** Callers of `showDialog` get a dialog: the settings, which we have opened instead of theirs. */
function settingsDialog(store: ComfyStore | undefined): unknown {
  const stack = store?.['dialogStack']
  if (!Array.isArray(stack)) return undefined
  return stack.find((dialog: unknown) => readCall(dialog).key === SETTINGS)
}

interface Call {
  readonly key: unknown
  readonly options: object
  readonly props: Readonly<Record<string, unknown>>
}

function readCall(options: unknown): Call {
  if (typeof options !== 'object' || options === null) return { key: null, options: {}, props: {} }
  const props: unknown = Reflect.get(options, 'props')
  return {
    key: Reflect.get(options, 'key'),
    options,
    props: typeof props === 'object' && props !== null ? { ...props } : {},
  }
}

/** The host's settings dialog takes a page or a setting to scroll to: the setting must win. */
function toOurPage({ options, props }: Call, settingId: string): object {
  const { defaultPanel: _theirs, ...others } = props
  return { ...options, props: { ...others, scrollToSettingId: settingId } }
}

function settle(entering: Promise<unknown>): void {
  entering.catch((error: unknown) => report('The Credits page could not be shown.', error))
}

/** Knows which click is being handled right now. */
class ClickWatch {
  #click: Event | null = null

  start(): void {
    document.addEventListener('click', this.#remember, true)
  }

  stop(): void {
    document.removeEventListener('click', this.#remember, true)
    this.#click = null
  }

  isOn(selector: string): boolean {
    // After its dispatch an event has no phase: a click from long ago explains nothing.
    if (this.#click === null || this.#click.eventPhase === Event.NONE) return false
    const target = this.#click.target
    return target instanceof Element && target.closest(selector) !== null
  }

  readonly #remember = (event: Event): void => {
    this.#click = event
  }
}
