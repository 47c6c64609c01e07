import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, relative, resolve, sep } from 'node:path'

/** A file of the person's data as ComfyUI lists it. `size` in bytes, times in ms since 1970. */
export interface UserFile {
  readonly path: string
  readonly size: number
  readonly modified: number
  readonly created: number
}

export type UserData = Awaited<ReturnType<typeof openUserData>>

/** What the frontends ask for at boot. ComfyUI answers 404, which browsers show as errors. */
const FIRST_FOLDERS = ['workflows', 'subgraphs']
const FIRST_FILES: Readonly<Record<string, string>> = {
  'user.css': '',
  'comfy.templates.json': '[]',
}

/** The person's files (workflows and such) below `root`. Names that lead out of it do not exist. */
export async function openUserData(root: string) {
  for (const folder of FIRST_FOLDERS) await mkdir(resolve(root, folder), { recursive: true })
  for (const [name, content] of Object.entries(FIRST_FILES)) {
    await writeFile(resolve(root, name), content, { flag: 'wx' }).catch(unlessThere)
  }

  function locate(name: string): string | null {
    const path = resolve(root, name)
    return path.startsWith(resolve(root) + sep) ? path : null
  }

  return {
    /** Files below `folder`, with paths relative to it; null when there is no such folder. */
    async list(folder: string, recurse: boolean): Promise<UserFile[] | null> {
      const base = locate(folder)
      if (base === null) return null
      const entries = await readdir(base, { recursive: recurse }).catch(nothingWhenAbsent)
      if (!entries) return null
      const files = await Promise.all(entries.map((entry) => describe(resolve(base, entry), base)))
      return files.filter((file) => file !== null)
    },
    async read(name: string): Promise<Buffer | null> {
      const path = locate(name)
      return path === null ? null : await readFile(path).catch(nothingWhenAbsent)
    },
    async write(name: string, bytes: Uint8Array, overwrite: boolean): Promise<WriteResult> {
      const path = locate(name)
      if (path === null) return { problem: 'forbidden' }
      if (!overwrite && (await describe(path, root))) return { problem: 'exists' }
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, bytes)
      return described(await describe(path, root))
    },
    async move(from: string, to: string, overwrite: boolean): Promise<WriteResult> {
      const source = locate(from)
      const target = locate(to)
      if (source === null || target === null) return { problem: 'forbidden' }
      if (!(await describe(source, root))) return { problem: 'absent' }
      if (!overwrite && (await describe(target, root))) return { problem: 'exists' }
      await mkdir(dirname(target), { recursive: true })
      await rename(source, target)
      return described(await describe(target, root))
    },
    /** False when there was no such file. */
    async remove(name: string): Promise<boolean> {
      const path = locate(name)
      if (path === null || !(await describe(path, root))) return false
      await rm(path)
      return true
    },
  }
}

export type WriteResult =
  | { readonly file: UserFile }
  | { readonly problem: 'forbidden' | 'exists' | 'absent' }

/** `path` as listed from `base`; null when it is no file. */
async function describe(path: string, base: string): Promise<UserFile | null> {
  const found = await stat(path).catch(nothingWhenAbsent)
  if (!found?.isFile()) return null
  return {
    path: relative(base, path).split(sep).join('/'),
    size: found.size,
    modified: Math.round(found.mtimeMs),
    created: Math.round(found.birthtimeMs),
  }
}

function described(file: UserFile | null): WriteResult {
  return file ? { file } : { problem: 'absent' }
}

function hasCode(error: unknown, codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code))
}

function nothingWhenAbsent(error: unknown): null {
  if (hasCode(error, ['ENOENT', 'ENOTDIR', 'EISDIR'])) return null
  throw error
}

function unlessThere(error: unknown): void {
  if (!hasCode(error, ['EEXIST'])) throw error
}
