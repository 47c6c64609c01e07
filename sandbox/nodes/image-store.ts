import { randomBytes } from 'node:crypto'
import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve, sep } from 'node:path'

export const imageFolders = ['input', 'output', 'temp'] as const
export type ImageFolder = (typeof imageFolders)[number]

/** A stored file as ComfyUI names it to the browser. */
export interface StoredFile {
  readonly filename: string
  readonly subfolder: string
  readonly type: ImageFolder
}

export type ImageStore = ReturnType<typeof createImageStore>

/** ComfyUI's input, output and temp folders below `root`. No path leads out of them. */
export function createImageStore(root: string) {
  // Five letters separate the temp files of one start from those of the next, as in ComfyUI.
  const tempPrefix = `ComfyUI_temp_${randomBytes(4).toString('hex').slice(0, 5)}`
  const counters = new Map<string, Promise<number>>()

  function locate(file: StoredFile): string | null {
    const folder = resolve(root, file.type)
    const path = resolve(folder, file.subfolder, file.filename)
    return path.startsWith(folder + sep) ? path : null
  }

  /** The file's bytes, or null when there is none (or the name leads out of the folder). */
  async function read(file: StoredFile): Promise<Buffer | null> {
    const path = locate(file)
    return path === null ? null : readFile(path).catch(nothingWhenAbsent)
  }

  /** Writes under exactly this name, over what was there; null when the name is not allowed. */
  async function write(file: StoredFile, bytes: Buffer): Promise<StoredFile | null> {
    const path = locate(file)
    if (path === null) return null
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, bytes)
    return file
  }

  /** Saves under the next free number: `prefix_00001_.png`. A prefix may name a subfolder. */
  async function save(
    type: 'output' | 'temp',
    prefix: string,
    bytes: Buffer,
  ): Promise<StoredFile | null> {
    const wanted = type === 'temp' ? tempPrefix : prefix
    const subfolder = dirname(wanted) === '.' ? '' : dirname(wanted)
    const stem = basename(wanted)
    if (locate({ type, subfolder, filename: `${stem}.png` }) === null) return null
    const number = await nextNumber(type, subfolder, stem)
    const filename = `${stem}_${String(number).padStart(5, '0')}_.png`
    return write({ type, subfolder, filename }, bytes)
  }

  function nextNumber(type: ImageFolder, subfolder: string, stem: string): Promise<number> {
    const key = join(type, subfolder, stem)
    const before = counters.get(key) ?? highestNumber(join(root, type, subfolder), stem)
    const next = before.then((number) => number + 1)
    counters.set(key, next)
    return next
  }

  /** Names of the pictures in `input`, sorted. */
  async function inputNames(): Promise<string[]> {
    const names = await readdir(resolve(root, 'input')).catch(nothingWhenAbsent)
    return (names ?? []).filter((name) => /\.png$/i.test(name)).toSorted()
  }

  /** Changes whenever the file does; null when there is none. */
  async function version(file: StoredFile): Promise<string | null> {
    const path = locate(file)
    const found = path === null ? null : await stat(path).catch(nothingWhenAbsent)
    return found ? `${found.size}-${found.mtimeMs}` : null
  }

  return { read, write, save, inputNames, version }
}

async function highestNumber(folder: string, stem: string): Promise<number> {
  const names = (await readdir(folder).catch(nothingWhenAbsent)) ?? []
  const numbers = names
    .filter((name) => name.startsWith(`${stem}_`))
    .map((name) => Number(name.slice(stem.length + 1).split('_')[0]))
    .filter((number) => Number.isInteger(number))
  return Math.max(0, ...numbers)
}

function nothingWhenAbsent(error: unknown): null {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
  throw error
}
