import type { ComfyApp, ComfyStore } from './comfy-types.ts'
import { hasWorkspaces } from './login.ts'
import type { BillingContext, Unsubscribe, Workspace } from './port.ts'
import { findStore, onStoreAction, onStoreChange } from './stores.ts'

/**
 * Who pays, by ComfyUI 1.58's store `teamWorkspace`. Up to 1.50 there is nobody else than the
 * customer. Read again at each call; listeners are notified when it has changed.
 */
export class BillingContextSource {
  readonly #listeners = new Set<(context: BillingContext) => void>()
  #last: BillingContext = { state: 'loading' }
  #watched: { readonly store: ComfyStore; readonly off: Unsubscribe } | null = null
  #started = false

  constructor(private readonly app: ComfyApp) {}

  start(): void {
    this.#started = true
    this.#last = this.now()
  }

  stop(): void {
    this.#started = false
    this.#watched?.off()
    this.#watched = null
  }

  now(): BillingContext {
    if (!hasWorkspaces(this.app)) return { state: 'customer' }
    const store = this.#store()
    return store ? readBillingContext(store) : { state: 'loading' }
  }

  subscribe(listener: (context: BillingContext) => void): Unsubscribe {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Only has an effect after an error. If it fails again, the context reports it. */
  retry(): void {
    const store = this.#store()
    const initialize = store?.['initialize']
    if (typeof initialize !== 'function') return
    Promise.resolve((initialize as () => unknown).call(store)).then(this.#changed, this.#changed)
  }

  /** The host makes it when it is first used, which may be after the login. */
  #store(): ComfyStore | undefined {
    const store = findStore(this.app, 'teamWorkspace')
    if (this.#started && store && this.#watched?.store !== store) {
      this.#watched?.off()
      this.#watched = { store, off: watchStore(store, this.#changed) }
    }
    return store
  }

  readonly #changed = (): void => {
    const context = this.now()
    if (JSON.stringify(context) === JSON.stringify(this.#last)) return
    this.#last = context
    for (const listener of this.#listeners) listener(context)
  }
}

function readBillingContext(store: ComfyStore): BillingContext {
  if (store['initState'] === 'error') return { state: 'unreachable' }
  const workspace = readWorkspace(store['activeWorkspace'])
  if (store['initState'] !== 'ready' || workspace === null) return { state: 'loading' }
  const rail = store['activeWorkspaceBillingRail']
  return { state: 'workspace', workspace, rail: typeof rail === 'string' ? rail : null }
}

/** By hand: this is loaded at ComfyUI's boot, where a schema library would weigh too much. */
function readWorkspace(value: unknown): Workspace | null {
  if (typeof value !== 'object' || value === null) return null
  const { id, name, role, type } = value as Readonly<Record<string, unknown>>
  if (typeof id !== 'string' || typeof name !== 'string') return null
  return {
    id,
    name,
    role: typeof role === 'string' ? role : '',
    type: type === 'personal' ? 'personal' : 'team',
  }
}

/**
 * The host's Vue makes its stores reactive, not ours. So we use the two ways Pinia notifies others:
 * changes of a store's state, and calls of its actions (the rail is not public state, but
 * `setWorkspaceBillingRail` is an action).
 */
function watchStore(store: ComfyStore, changed: () => void): Unsubscribe {
  const offs = [onStoreChange(store, changed), onStoreAction(store, changed)]
  return () => {
    for (const off of offs) off()
  }
}
