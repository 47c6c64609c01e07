import { spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'

const MEGABYTE = 1024 * 1024

/** A folder whose disk can be filled, where this process may mount one. */
export interface SmallDisk {
  readonly folder: string
  /** Null where it cannot be filled. */
  readonly fill: (() => void) | null
  free(): void
  remove(): void
}

/** A file system in memory of this size. Only root on Linux may mount one; else a plain folder. */
export function mountSmallDisk(folder: string, megabytes: number): SmallDisk {
  mkdirSync(folder, { recursive: true })
  const mount = ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'chaos', folder]
  const mounted = process.getuid?.() === 0 && spawnSync('mount', mount).status === 0
  const ballast = join(folder, 'ballast')
  const free = () => rmSync(ballast, { force: true })
  return {
    folder,
    fill: mounted ? () => fillUp(ballast) : null,
    free,
    remove() {
      free()
      // Lazily: a process that was just killed may still close its files.
      if (mounted) spawnSync('umount', ['-l', folder])
    },
  }
}

function fillUp(ballast: string): void {
  const file = openSync(ballast, 'a')
  try {
    for (const size of [MEGABYTE, 4_096, 1]) while (writes(file, size));
  } finally {
    closeSync(file)
  }
}

/** False once the disk is full. */
function writes(file: number, size: number): boolean {
  try {
    return writeSync(file, Buffer.alloc(size)) > 0
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false
    throw error
  }
}
