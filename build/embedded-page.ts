import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'vite'

const SOURCE = join(import.meta.dirname, '../src/purchase/embedded/embedded.html')

/** Puts the page that holds Stripe's beside the extension: copied, as build/return-page.ts says why. */
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
