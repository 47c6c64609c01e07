import type { ComfyApp, ComfyStore } from './comfy-types.ts'

/** The host's Pinia store of the first name that there is (`firebaseAuth` became `auth` after 1.43). */
export function findStore(app: ComfyApp, ...ids: readonly string[]): ComfyStore | undefined {
  const stores = app.extensionManager?._p?._s
  return ids.map((id) => stores?.get(id)).find((found) => found !== undefined)
}
