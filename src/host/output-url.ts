import type { ComfyApp } from './comfy-types.ts'
import type { OutputFile } from './port.ts'

/** Enough to know a picture again in a list, and a few kB. */
const PREVIEW = 'webp;40'

/**
 * The address of a file at ComfyUI's own `/view`, under whatever prefix ComfyUI runs. Null where the
 * frontend does not say its base, or says one of another origin: nothing is asked of others.
 */
export function outputUrl(
  app: ComfyApp,
  { filename, subfolder, type }: OutputFile,
  { preview = false }: { readonly preview?: boolean } = {},
): string | null {
  const query = new URLSearchParams({ filename, subfolder, type })
  if (preview) query.set('preview', PREVIEW)
  const address = app.api?.apiURL?.(`/view?${query}`)
  const base = window.location.href
  if (address === undefined || !URL.canParse(address, base)) return null
  const url = new URL(address, base)
  return url.origin === window.location.origin ? url.href : null
}
