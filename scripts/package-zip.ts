import { readFile } from 'node:fs/promises'
import { zipSync, type Zippable } from 'fflate'
import { packageFiles } from './package-files.ts'

/**
 * A zip stores local times; this is the earliest it can store, in any time zone. The same files
 * always make the same bytes.
 */
const NO_TIME = new Date(1980, 0, 1)
const UNIX = 3
/** A file that everyone may read and its owner may write: the upper half of a zip's attributes. */
const MODE = 0o100644 * 0x10000

/** The custom node as one zip, its files at the top as ComfyUI's registry has them. */
export async function packageZip(extensionDir: string): Promise<Uint8Array> {
  const entries: Zippable = {}
  for (const { path, source } of await packageFiles(extensionDir)) {
    entries[path] = new Uint8Array(await readFile(source))
  }
  return zipSync(entries, { level: 9, mtime: NO_TIME, os: UNIX, attrs: MODE })
}
