import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { installInto } from '../../scripts/install.ts'

let comfyui: string
let extension: string
beforeEach(async () => {
  comfyui = await mkdtemp(join(tmpdir(), 'comfyui-'))
  await mkdir(join(comfyui, 'custom_nodes'))
  await writeFile(join(comfyui, 'main.py'), '')
  extension = await mkdtemp(join(tmpdir(), 'dist-'))
  await writeFile(join(extension, 'credits.js'), 'new')
})
afterEach(async () => {
  await rm(comfyui, { recursive: true })
  await rm(extension, { recursive: true })
})

const ours = () => join(comfyui, 'custom_nodes/comfyui-credits')

describe('install-into', () => {
  it('puts in what ComfyUI needs, and nothing is left of the making', async () => {
    expect(await installInto(comfyui, extension)).toBe(ours())
    const files = await readdir(ours())
    expect(files.toSorted()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.ja.md',
      'README.md',
      'README.zh.md',
      '__init__.py',
      'dist',
      'docs',
      'locales',
      'pyproject.toml',
    ])
    expect(await readdir(join(ours(), 'dist'))).toEqual(['credits.js'])
    expect(await readdir(join(comfyui, 'custom_nodes'))).toEqual(['comfyui-credits'])
  })

  it('replaces an older copy of ours whole', async () => {
    await installInto(comfyui, extension)
    await writeFile(join(ours(), 'dist/gone-in-the-next-version.mjs'), '')
    await writeFile(join(extension, 'credits.js'), 'newer')
    await installInto(comfyui, extension)
    expect(await readdir(join(ours(), 'dist'))).toEqual(['credits.js'])
    expect(await readFile(join(ours(), 'dist/credits.js'), 'utf8')).toBe('newer')
  })

  it('refuses a folder that is not a ComfyUI', async () => {
    await expect(installInto(extension, extension)).rejects.toThrow('is not a ComfyUI')
  })

  it('does not touch another extension in that folder', async () => {
    await mkdir(ours())
    await writeFile(join(ours(), 'nodes.py'), '')
    await expect(installInto(comfyui, extension)).rejects.toThrow('does not hold this extension')
    expect(await readdir(ours())).toEqual(['nodes.py'])
  })

  it('does not touch a link to a working copy', async () => {
    await symlink(extension, ours())
    await expect(installInto(comfyui, extension)).rejects.toThrow('is a clone or a link')
    expect(existsSync(join(extension, 'credits.js'))).toBe(true)
  })
})
