import type { Plugin } from 'vite'

/**
 * Leaves out the axios adapter that src/api/call.ts never uses: every request names `fetch`. axios
 * drops its Node adapter for browsers in the same way, with an empty module.
 */
export function withoutXhrAdapter(): Plugin {
  return {
    name: 'comfyui-credits:without-xhr-adapter',
    apply: 'build',
    enforce: 'pre',
    resolveId: {
      filter: { id: /^\.\/xhr\.js$/ },
      async handler(_source, importer) {
        if (!importer || !/[\\/]axios[\\/]lib[\\/]adapters[\\/]/.test(importer)) return null
        return this.resolve('../helpers/null.js', importer, { skipSelf: true })
      },
    },
  }
}
