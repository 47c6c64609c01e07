import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { markSeeded, openDataFolder, resetDataFolder } from '../../../sandbox/data-folder.ts'
import { Problem } from '../../../sandbox/problem.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'data-folder-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

describe('a data folder', () => {
  it('is made where there is none, with an API key of the form ComfyUI takes', async () => {
    const { state } = await openDataFolder(join(root, 'new'))
    expect(state.apiKey).toMatch(/^comfyui-[0-9a-f]{64}$/)
    expect(state.seeded).toBe(false)
  })

  it('remembers its secrets and that it was seeded', async () => {
    const first = await openDataFolder(join(root, 'data'))
    await markSeeded(first)
    const second = await openDataFolder(join(root, 'data'))
    expect(second.state).toEqual({ ...first.state, seeded: true })
  })

  it('refuses a folder with other things in it, for use and for reset', async () => {
    await writeFile(join(root, 'thesis.txt'), 'years of work')
    await expect(openDataFolder(root)).rejects.toThrow(Problem)
    await expect(resetDataFolder(root)).rejects.toThrow('left alone')
    expect(existsSync(join(root, 'thesis.txt'))).toBe(true)
  })

  it('is deleted by reset with all that is in it', async () => {
    const { dir } = await openDataFolder(join(root, 'data'))
    await writeFile(join(dir, 'ports.json'), '{}')
    await resetDataFolder(dir)
    expect(existsSync(dir)).toBe(false)
  })

  it('need not be there for a reset', async () => {
    await expect(resetDataFolder(join(root, 'never'))).resolves.toBeUndefined()
  })

  it('says the way out when its state cannot be read', async () => {
    const { dir } = await openDataFolder(join(root, 'data'))
    await writeFile(join(dir, 'comfyui-credits-sandbox.json'), '{"half')
    await expect(openDataFolder(dir)).rejects.toThrow('--reset')
  })
})
