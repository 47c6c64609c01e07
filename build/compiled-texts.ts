import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { normalizePath, type Plugin } from 'vite'
import { compileTexts } from './compile-texts.ts'

const SOURCES = normalizePath(fileURLToPath(new URL('../src/', import.meta.url)))
const TEXTS = /\/locales\/[^/]+\/[^/]+\.json$/
const COMPILED = '?compiled-texts'

/**
 * Compiles the files of locales/ that src/ imports. Other readers, such as ComfyUI and tests, get them
 * unchanged.
 */
export function compiledTexts(): Plugin {
  return {
    name: 'comfyui-credits:compiled-texts',
    enforce: 'pre',
    resolveId: {
      filter: { id: TEXTS },
      async handler(source, importer, options) {
        if (importer === undefined || !normalizePath(importer).startsWith(SOURCES)) return null
        const resolved = await this.resolve(source, importer, { ...options, skipSelf: true })
        return resolved && `${resolved.id}${COMPILED}`
      },
    },
    load: {
      filter: { id: new RegExp(`${TEXTS.source.slice(0, -1)}\\${COMPILED}$`) },
      handler(id) {
        const file = id.slice(0, -COMPILED.length)
        this.addWatchFile(file)
        const texts: unknown = JSON.parse(readFileSync(file, 'utf8'))
        if (typeof texts !== 'object' || texts === null) throw new Error(`${file} has no texts.`)
        return `export default ${JSON.stringify(compileTexts(texts))}`
      },
    },
  }
}
