import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { lock } from 'proper-lockfile'
import * as z from 'zod'

/**
 * PGlite has no lock of its own: two processes on one folder silently lose rows. So the
 * folder is locked. A file beside the lock names its holder, for the error of the next process.
 */

const ownerSchema = z.object({ pid: z.number(), host: z.string(), since: z.string() })
type Owner = z.infer<typeof ownerSchema>

/** Folders that this process holds, not a dead process with the same id. */
const held = new Set<string>()

export class FolderInUseError extends Error {
  override readonly name = 'FolderInUseError'
}

/** Takes the folder (made when missing) for this process. Rejects with FolderInUseError. */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = resolve(folder)
  await mkdir(path, { recursive: true })
  const ownerFile = join(path, 'owner.json')
  const lockfilePath = join(path, 'owner.lock')
  if (existsSync(lockfilePath)) await removeLockOfDeadProcess(path, ownerFile, lockfilePath)
  const unlock = await takeLock(path, lockfilePath, ownerFile)
  held.add(path)
  const owner: Owner = { pid: process.pid, host: hostname(), since: new Date().toISOString() }
  await writeFile(ownerFile, JSON.stringify(owner))
  return async () => {
    held.delete(path)
    await rm(ownerFile, { force: true })
    await unlock()
  }
}

async function takeLock(path: string, lockfilePath: string, ownerFile: string) {
  try {
    return await lock(path, { lockfilePath, stale: 10_000 })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ELOCKED')) throw error
    const owner = await readOwner(ownerFile)
    const holder = owner
      ? `process ${owner.pid} on ${owner.host} since ${owner.since}`
      : 'another process'
    throw new FolderInUseError(
      `The data folder ${path} is in use by ${holder}. End it, or choose another folder.`,
      { cause: error },
    )
  }
}

/** A kill −9 leaves the lock behind. There is no need to wait for it once its process is gone. */
async function removeLockOfDeadProcess(path: string, ownerFile: string, lockfilePath: string) {
  const owner = await readOwner(ownerFile)
  if (!owner || owner.host !== hostname() || held.has(path)) return
  // Our own id, but not our lock: a restarted container.
  if (owner.pid === process.pid || !isAlive(owner.pid)) {
    await rm(lockfilePath, { recursive: true, force: true })
  }
}

/** Null if it names no process, or its process died while writing. */
async function readOwner(ownerFile: string): Promise<Owner | null> {
  try {
    return ownerSchema.parse(JSON.parse(await readFile(ownerFile, 'utf8')))
  } catch (error) {
    const unknown = error instanceof SyntaxError || error instanceof z.ZodError
    if (unknown || (error instanceof Error && 'code' in error && error.code === 'ENOENT')) {
      return null
    }
    throw error
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it lives, under another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
