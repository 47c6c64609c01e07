import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'vite'

const SOURCE = join(import.meta.dirname, '../src/purchase/embedded/embedded.html')

/** Copies the page around Stripe's form beside the extension, for the reason in return-page.ts. */
export function embeddedPage(): Plugin {
  return {
    name: 'comfyui-credits:embedded-page',
    apply: 'build',
    buildStart() {
      this.addWatchFile(SOURCE)
    },
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'embedded.html', source: readFileSync(SOURCE) })
    },
  }
}
