import type { ComfyApp, ComfyStore } from './comfy-types.ts'
import type { Unsubscribe } from './port.ts'

/** The host's Pinia store of the first name that there is (`firebaseAuth` became `auth` after 1.43). */
export function findStore(app: ComfyApp, ...ids: readonly string[]): ComfyStore | undefined {
  const stores = app.extensionManager?._p?._s
  return ids.map((id) => stores?.get(id)).find((found) => found !== undefined)
}

interface PiniaAction {
  readonly name?: string
  readonly after?: (done: () => void) => void
  readonly onError?: (failed: () => void) => void
}
type Subscribe = (...args: unknown[]) => unknown

/** Called when an action of the store has ended, well or not, except the `ignored` one. */
export function onStoreAction(
  store: ComfyStore | undefined,
  ended: () => void,
  ignored?: string,
): Unsubscribe {
  const onAction = ({ name, after, onError }: PiniaAction): void => {
    if (ignored !== undefined && name === ignored) return
    after?.(ended)
    onError?.(ended)
  }
  return subscribe(store, '$onAction', onAction, true)
}

/** Called at every change of the store's public state, at once. */
export function onStoreChange(store: ComfyStore | undefined, changed: () => void): Unsubscribe {
  return subscribe(store, '$subscribe', changed, { detached: true, flush: 'sync' })
}

function subscribe(
  store: ComfyStore | undefined,
  member: '$subscribe' | '$onAction',
  ...args: unknown[]
): Unsubscribe {
  const method = store?.[member]
  if (typeof method !== 'function') return () => {}
  const off = (method as Subscribe).apply(store, args)
  return typeof off === 'function' ? () => void off() : () => {}
}
