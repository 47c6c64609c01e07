import type { ComfyApp, ComfyStore } from './comfy-types.ts'

/** The first of these Pinia stores that the host has. */
export function findStore(app: ComfyApp, ...ids: readonly string[]): ComfyStore | undefined {
  const stores = app.extensionManager?._p?._s
  return ids.map((id) => stores?.get(id)).find((found) => found !== undefined)
}
