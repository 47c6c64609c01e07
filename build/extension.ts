import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rmdir, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const STAMP = join(ROOT, '.cache/dist-inputs.sha256')

/** Vite's manifest of `EXTENSION_DIR`. Only we need it, so it is not in that folder. */
export const MANIFEST = join(ROOT, '.cache/dist-manifest.json')

/** The folder of the built extension: ComfyUI's WEB_DIRECTORY. */
export const EXTENSION_DIR = join(ROOT, 'dist')

/** Builds the extension into `outDir`. */
export async function buildExtension(outDir = EXTENSION_DIR): Promise<void> {
  // Imported here, so that a start with nothing to build need not wait for it.
  const { build } = await import('vite')
  const environment = process.env['NODE_ENV']
  try {
    await build({
      configFile: join(ROOT, 'vite.config.ts'),
      root: ROOT,
      mode: 'production',
      logLevel: 'warn',
      build: { outDir, emptyOutDir: true, manifest: outDir === EXTENSION_DIR },
    })
  } finally {
    // Vite sets it to "production", and tests run from this process would inherit that.
    if (environment === undefined) delete process.env['NODE_ENV']
    else process.env['NODE_ENV'] = environment
  }
  if (outDir !== EXTENSION_DIR) return
  await mkdir(dirname(MANIFEST), { recursive: true })
  await rename(join(outDir, '.vite/manifest.json'), MANIFEST)
  await rmdir(join(outDir, '.vite'))
  await writeFile(STAMP, await inputsHash())
}

/** Builds the extension unless `dist/` is up to date. */
export async function ensureExtension(): Promise<{ dir: string; built: boolean }> {
  if (
    existsSync(join(EXTENSION_DIR, 'credits.js')) &&
    (await readStamp()) === (await inputsHash())
  ) {
    return { dir: EXTENSION_DIR, built: false }
  }
  await buildExtension()
  return { dir: EXTENSION_DIR, built: true }
}

/** Contents, not times: a fresh clone or a switch of branches changes times and not files. */
async function inputsHash(): Promise<string> {
  const hash = createHash('sha256')
  for (const file of await inputFiles()) hash.update(file).update(await readFile(join(ROOT, file)))
  return hash.digest('hex')
}

/** All our files that the build reads; paths from the root of the repository. */
export async function inputFiles(): Promise<string[]> {
  const folders = await Promise.all(['src', 'contract', 'locales', 'build'].map(filesBelow))
  return [...folders.flat().sort(), 'vite.config.ts', 'package.json', 'package-lock.json']
}

/** Paths from the root of the repository. */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(join(ROOT, folder), { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
}

async function readStamp(): Promise<string | null> {
  return existsSync(STAMP) ? readFile(STAMP, 'utf8') : null
}
