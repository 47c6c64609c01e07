import { readdir } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** The folder in `custom_nodes`, and the name in ComfyUI's registry (`name` in pyproject.toml). */
export const PACKAGE_NAME = 'comfyui-credits'

/**
 * What ComfyUI and its registry need of a custom node, apart from the built web directory.
 * .comfyignore has the same for the registry's command, `comfy node publish`; a test compares them.
 */
const INCLUDED = [
  'CHANGELOG.md',
  'LICENSE',
  'README.ja.md',
  'README.md',
  'README.zh.md',
  '__init__.py',
  'docs',
  'locales',
  'pyproject.toml',
]

/** The texts that ComfyUI's server reads; the extension has all of its own in `dist`. */
const READ_BY_COMFYUI = /\/(?:main|settings|commands)\.json$/

export interface PackageFile {
  /** In the folder of the custom node, with slashes. */
  readonly path: string
  /** Where it is now. */
  readonly source: string
}

/** All files of the custom node with the extension built in `extensionDir`, sorted by path. */
export async function packageFiles(extensionDir: string): Promise<readonly PackageFile[]> {
  const included = await Promise.all(INCLUDED.map((name) => filesAt(join(ROOT, name), name)))
  const files = [...included.flat(), ...(await filesAt(extensionDir, 'dist'))].filter(
    ({ path }) => !path.startsWith('locales/') || READ_BY_COMFYUI.test(path),
  )
  return files.sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** A file, or all files below a folder, as `path` or below it. */
async function filesAt(source: string, path: string): Promise<PackageFile[]> {
  try {
    const entries = await readdir(source, { recursive: true, withFileTypes: true })
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => ({
        source: file,
        path: path + file.slice(source.length).replaceAll(sep, '/'),
      }))
  } catch (error) {
    if (isNoFolder(error)) return [{ source, path }]
    throw error
  }
}

function isNoFolder(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOTDIR'
}
