import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FolderInUseError, lockFolder } from '../../service/database/folder-lock.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'credits-lock-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** The lock as a process that was killed leaves it. */
async function leaveLock(owner: string): Promise<void> {
  await mkdir(join(folder, 'owner.lock'))
  await writeFile(join(folder, 'owner.json'), owner)
}

async function lockAndRelease(path: string): Promise<void> {
  const release = await lockFolder(path)
  await release()
}

const since = '2026-11-22T10:00:00.000Z'

async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  return child.pid ?? 0
}

describe('a data folder', () => {
  it('is held by one at a time, and it is said by whom', async () => {
    const release = await lockFolder(folder)
    await expect(lockFolder(folder)).rejects.toThrow(FolderInUseError)
    await expect(lockFolder(folder)).rejects.toThrow(
      new RegExp(`in use by process ${process.pid} on ${hostname()}`),
    )
    await release()
    await expect(lockAndRelease(folder)).resolves.toBeUndefined()
  })

  it('is made when it is missing', async () => {
    await expect(lockAndRelease(join(folder, 'a', 'b'))).resolves.toBeUndefined()
  })

  it('is taken over at once from a process that is dead', async () => {
    await leaveLock(JSON.stringify({ pid: await deadPid(), host: hostname(), since }))
    await expect(lockAndRelease(folder)).resolves.toBeUndefined()
  })

  it('is taken over from a container that was started again with the same process id', async () => {
    await leaveLock(JSON.stringify({ pid: process.pid, host: hostname(), since }))
    await expect(lockAndRelease(folder)).resolves.toBeUndefined()
  })

  it('is not taken from a process that lives, or that another machine would have to know of', async () => {
    await leaveLock(JSON.stringify({ pid: process.ppid, host: hostname(), since }))
    await expect(lockFolder(folder)).rejects.toThrow(`process ${process.ppid}`)
    const host = 'another-machine'
    await writeFile(join(folder, 'owner.json'), JSON.stringify({ pid: 1, host, since }))
    await expect(lockFolder(folder)).rejects.toThrow(host)
  })

  it('is held though its owner’s name cannot be read', async () => {
    await leaveLock('{"pid"')
    await expect(lockFolder(folder)).rejects.toThrow('another process')
  })
})
