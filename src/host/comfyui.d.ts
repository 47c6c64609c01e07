/** Served by every ComfyUI frontend; the bundle leaves the import as it is. */
declare module '*/scripts/app.js' {
  /** Read by structure, see host/comfy-types.ts: each version has other members. */
  export const app: object
}
