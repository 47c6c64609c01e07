import { mkdir, mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build, type Plugin } from 'vite'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/**
 * The modules as JavaScript, in a new folder of the repository's .cache, where they find their
 * packages. Processes that are killed again and again spend most of a start on compilation.
 */
export async function compile<Name extends string>(
  modules: Readonly<Record<Name, string>>,
): Promise<{ readonly folder: string; readonly files: Readonly<Record<Name, string>> }> {
  const cache = join(ROOT, '.cache')
  await mkdir(cache, { recursive: true })
  const folder = await mkdtemp(join(cache, 'chaos-'))
  const names = Object.keys(modules) as Name[]
  await build({
    configFile: false,
    root: ROOT,
    logLevel: 'warn',
    publicDir: false,
    plugins: [originalPlace],
    build: {
      ssr: true,
      outDir: folder,
      target: 'node20',
      minify: false,
      rolldownOptions: {
        input: Object.fromEntries(names.map((name) => [name, join(ROOT, modules[name])])),
        output: { entryFileNames: '[name].mjs', chunkFileNames: 'shared-[hash].mjs' },
      },
    },
  })
  const files = Object.fromEntries(names.map((name) => [name, join(folder, `${name}.mjs`)]))
  return { folder, files: files as Record<Name, string> }
}

/** Modules find what is beside their source, such as migrations. */
const originalPlace: Plugin = {
  name: 'original-place',
  enforce: 'pre',
  transform: {
    filter: { id: /\.ts$/, code: 'import.meta.url' },
    handler: (code, id) =>
      code.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href)),
  },
}
