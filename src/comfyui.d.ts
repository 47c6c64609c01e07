/** Served by every ComfyUI frontend; the bundle leaves the import as it is. */
declare module '*/scripts/app.js' {
  export const app: import('./host/comfy-types.ts').ComfyApp
}
