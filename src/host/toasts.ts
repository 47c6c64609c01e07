import type { ComfyApp } from './comfy-types.ts'
import type { Account, Host, ToastMessage } from './port.ts'
import { guarded } from './report.ts'

const LIFE_MS = 8000

/** Since 1.58 the host has a function for each kind, which takes a name to dismiss the toast by. */
const KINDS = { success: 'success', info: 'info', warn: 'warning', error: 'error' } as const

/** The host's toasts. What one person was shown must not stay for the next. */
export class Toasts {
  #count = 0
  /** By the toast's id. */
  #takeAway = new Map<string, () => void>()
  #shownTo = ''

  constructor(private readonly app: ComfyApp) {}

  /** Null where the host has none. */
  get show(): Host['toast'] {
    return this.app.extensionManager?.toast?.add ? (message) => this.#show(message) : null
  }

  /** Up to 1.45 opening ComfyUI in another tab logs this one out and in again: that is nobody else. */
  readonly follow = guarded('Taking toasts away', (account: Account | null) => {
    if (account === null || account.id === this.#shownTo) return
    this.#shownTo = account.id
    const all = this.#takeAway
    this.#takeAway = new Map()
    for (const takeAway of all.values()) takeAway()
  })

  #show({ id: name, ...message }: ToastMessage): void {
    const toast = this.app.extensionManager?.toast
    const id = `comfyui-credits-${name ?? (this.#count += 1)}`
    const show = toast?.[KINDS[message.severity]]
    if (toast?.dismiss && show) {
      // The host itself puts it in the place of one with the same name.
      show(message.summary, { description: message.detail, duration: LIFE_MS, id })
      this.#takeAway.set(id, () => toast.dismiss?.(id))
      return
    }
    this.#takeAway.get(id)?.()
    const shown = { life: LIFE_MS, ...message, id }
    toast?.add?.(shown)
    this.#takeAway.set(id, () => toast?.remove?.(shown))
  }
}
