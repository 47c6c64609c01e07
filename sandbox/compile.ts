import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build, type Plugin } from 'vite'
import { compiledName } from './compiled-name.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
/** In the repository, so that what is compiled finds its packages. */
const CACHE = join(ROOT, '.cache')

const SANDBOX = [
  'sandbox/comfyui/main.ts',
  'sandbox/end-with-parent.ts',
  'sandbox/stripe/main.ts',
  'service/main.ts',
]

/** As modules name it: `new URL('x-worker.mjs', import.meta.url)`, for `x-worker.ts`. */
const WORKER_FILE = /new URL\('([\w-]+-worker)\.mjs', import\.meta\.url\)/g

export interface Compiled {
  /** Each file is there by its `compiledName`. */
  readonly dir: string
  remove(): Promise<void>
}

/** The sandbox's processes, for `startSandbox`. */
export function compileProcesses(): Promise<Compiled> {
  return compileFiles(SANDBOX)
}

/**
 * Compiles files that are started many times: tsx takes two thirds of the processor time of a start.
 * They are named from the repository's root.
 */
export async function compileFiles(files: readonly string[]): Promise<Compiled> {
  await mkdir(CACHE, { recursive: true })
  const dir = await mkdtemp(join(CACHE, 'processes-'))
  await build({
    configFile: false,
    root: ROOT,
    logLevel: 'warn',
    publicDir: false,
    plugins: [originalPlace(dir)],
    build: {
      ssr: true,
      outDir: dir,
      emptyOutDir: false,
      target: 'node20',
      minify: false,
      rolldownOptions: {
        input: Object.fromEntries(files.map((file) => [compiledName(file), join(ROOT, file)])),
        output: { entryFileNames: '[name]' },
      },
    },
  })
  return { dir, remove: () => rm(dir, { recursive: true, force: true }) }
}

/**
 * Modules find their files (migrations, pages) beside their source. The file of a worker thread would
 * load TypeScript by itself there, so it is compiled too.
 */
function originalPlace(dir: string): Plugin {
  return {
    name: 'original-place',
    enforce: 'pre',
    transform: {
      filter: { id: /\.ts$/, code: 'import.meta.url' },
      handler(code, id) {
        const source = pathToFileURL(id)
        return code
          .replaceAll(WORKER_FILE, (_, name: string) => {
            const worker = fileURLToPath(new URL(`${name}.ts`, source))
            const fileName = compiledName(relative(ROOT, worker))
            this.emitFile({ type: 'chunk', id: worker, fileName })
            return `new URL(${JSON.stringify(pathToFileURL(join(dir, fileName)).href)})`
          })
          .replaceAll('import.meta.url', JSON.stringify(source.href))
      },
    },
  }
}
