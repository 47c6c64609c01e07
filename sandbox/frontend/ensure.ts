import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm, statfs } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import * as z from 'zod'
import { Problem } from '../problem.ts'
import { pipProblem } from './pip-problem.ts'
import { findPythonWithPip, runPython, type Python } from './python.ts'

export interface Frontend {
  /** Folder with ComfyUI's index.html. */
  readonly dir: string
  readonly version: string
}

const CACHE = '.cache/frontend'
const BYTES_NEEDED = 200 * 1024 * 1024
const PIP_DOWNLOAD = '-m pip download --no-deps --disable-pip-version-check --retries 2 -d'.split(
  ' ',
)

/**
 * Unpacks the frontend's static files and leaves its 78 MB of source maps out.
 * Arguments: the wheel, the folder to unpack into.
 */
const UNPACK = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    names = [name for name in wheel.namelist()
             if name.startswith('comfyui_frontend_package/static/') and not name.endswith('.map')]
    wheel.extractall(sys.argv[2], names)
`

const versionSchema = z.string().regex(/^\d+\.\d+\.\d+$/)
const pythonErrorSchema = z.object({ stderr: z.string() })

/**
 * The real ComfyUI frontend, from the cache or else from the Python package index
 * (`comfyui-frontend-package`). The environment's COMFYUI_FRONTEND_DIR, a folder with an index.html,
 * is taken instead of any. Throws a Problem that says the way out.
 */
export async function ensureFrontend(version: string, cache = CACHE): Promise<Frontend> {
  const own = process.env['COMFYUI_FRONTEND_DIR']
  if (own) return ownFrontend(own, version)
  if (!versionSchema.safeParse(version).success) {
    throw new Problem(`"${version}" is no frontend version. It looks like 1.58.1.`)
  }
  const dir = resolve(cache, version)
  if (!hasIndex(dir)) await fetchFrontend(version, dir, resolve(cache))
  return { dir, version }
}

function ownFrontend(folder: string, version: string): Frontend {
  const dir = resolve(folder)
  if (hasIndex(dir)) return { dir, version }
  throw new Problem(`COMFYUI_FRONTEND_DIR is ${dir}, but there is no index.html in it.`)
}

function hasIndex(dir: string): boolean {
  return existsSync(join(dir, 'index.html'))
}

async function fetchFrontend(version: string, dir: string, cache: string): Promise<void> {
  const python = await findPythonWithPip()
  await mkdir(cache, { recursive: true })
  const { bavail, bsize } = await statfs(cache)
  if (bavail * bsize < BYTES_NEEDED) throw pipProblem(version, 'ENOSPC')
  // Next to its final place, so that the move at the end is atomic.
  const workshop = await mkdtemp(join(cache, '.fetching-'))
  try {
    await download(python, version, workshop)
    await moveInto(join(workshop, 'unpacked/comfyui_frontend_package/static'), dir)
  } catch (error) {
    const failed = pythonErrorSchema.safeParse(error)
    if (!failed.success) throw error
    throw pipProblem(version, failed.data.stderr)
  } finally {
    await rm(workshop, { recursive: true, force: true })
  }
}

async function download(python: Python, version: string, workshop: string): Promise<void> {
  const requirement = `comfyui-frontend-package==${version}`
  await runPython(python, [...PIP_DOWNLOAD, workshop, requirement])
  const wheel = (await readdir(workshop)).find((name) => name.endsWith('.whl'))
  if (!wheel) throw new Problem(`The Python package index has no wheel of ${requirement}.`)
  await runPython(python, ['-c', UNPACK, join(workshop, wheel), join(workshop, 'unpacked')])
}

async function moveInto(unpacked: string, dir: string): Promise<void> {
  try {
    await rename(unpacked, dir)
  } catch (error) {
    // Another start was faster, and its copy is as good.
    if (!hasIndex(dir)) throw error
  }
}
