import type { Plugin } from 'vite'

/**
 * What src/api/call.ts never uses of axios: every request names the `fetch` adapter, goes to an
 * http(s) address, and sends JSON or nothing. Each is the importer's only way to that module.
 */
const UNUSED =
  /^(?:\.\/xhr\.js|\.\.\/core\/createMultipartBody\.js|\.{1,2}\/helpers\/(?:estimateDataURLDecodedBytes|formDataToJSON|HttpStatusCode)\.js)$/

/** Leaves that out. axios drops its Node adapter for browsers in the same way, with an empty module. */
export function withoutUnusedAxios(): Plugin {
  return {
    name: 'comfyui-credits:without-unused-axios',
    apply: 'build',
    enforce: 'pre',
    resolveId: {
      filter: { id: UNUSED },
      async handler(_source, importer) {
        const [, lib] = /^(.*[\\/]axios[\\/]lib[\\/])/.exec(importer ?? '') ?? []
        if (lib === undefined) return null
        return this.resolve(`${lib}helpers/null.js`, importer, { skipSelf: true })
      },
    },
  }
}
