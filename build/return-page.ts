import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'

const SOURCE = fileURLToPath(new URL('../src/purchase/return/return.html', import.meta.url))

/**
 * Puts the page a payment returns to beside the extension. It is copied, not built from: Vite would
 * name its script with a hash and `.js`, and ComfyUI imports every `.js` when it boots.
 */
export function returnPage(): Plugin {
  return {
    name: 'comfyui-credits:return-page',
    apply: 'build',
    buildStart() {
      this.addWatchFile(SOURCE)
    },
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'return.html', source: readFileSync(SOURCE) })
    },
  }
}
