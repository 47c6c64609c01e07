import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const SOURCES = fileURLToPath(new URL('.', import.meta.url))
const LOCK_FILE = fileURLToPath(new URL('../../package-lock.json', import.meta.url))
const STAMP = 'inputs.sha256'

/**
 * Builds `network-mock.js` and the service worker into `outDir`, unless they are up to date. The
 * host server serves the worker at its root, since a worker controls only the folder it comes from.
 */
export async function buildNetworkMock(outDir: string): Promise<void> {
  const stamp = path.join(outDir, STAMP)
  const inputs = await inputsHash()
  if ((await readOptional(stamp)) === inputs) return
  await mkdir(outDir, { recursive: true })
  await build({
    configFile: false,
    root: SOURCES,
    logLevel: 'warn',
    publicDir: false,
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      outDir,
      emptyOutDir: false,
      target: 'es2022',
      reportCompressedSize: false,
      lib: {
        entry: path.join(SOURCES, 'start.ts'),
        formats: ['es'],
        fileName: () => 'network-mock.js',
      },
      rolldownOptions: { output: { minify: true } },
    },
  })
  const parts = [
    path.join(SOURCES, 'only-outside.js'),
    fileURLToPath(import.meta.resolve('msw/mockServiceWorker.js')),
  ]
  const worker = await Promise.all(parts.map((part) => readFile(part, 'utf8')))
  await writeFile(path.join(outDir, 'mockServiceWorker.js'), worker.join('\n'))
  await writeFile(stamp, inputs)
}

/** Contents, not times: a fresh clone changes times and not files. */
async function inputsHash(): Promise<string> {
  const hash = createHash('sha256')
  const sources = (await readdir(SOURCES)).toSorted().map((name) => path.join(SOURCES, name))
  for (const file of [...sources, LOCK_FILE]) hash.update(file).update(await readFile(file))
  return hash.digest('hex')
}

async function readOptional(file: string): Promise<string | null> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
}
