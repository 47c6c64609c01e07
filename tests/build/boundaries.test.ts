import { spawnSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import process from 'node:process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ORDER } from '../../build/boundaries.mjs'
import { toolPath } from '../../scripts/tool.ts'

let tree = ''
beforeAll(async () => {
  tree = await mkdtemp(join(tmpdir(), 'credits-boundaries-'))
  await cp('oxlint.config.mjs', join(tree, 'oxlint.config.mjs'))
  await cp('build/boundaries.mjs', join(tree, 'build/boundaries.mjs'))
  await symlink(resolve('node_modules'), join(tree, 'node_modules'))
})
afterAll(() => rm(tree, { recursive: true, force: true }))

/** What the lint says of one new file that imports `specifier`. */
async function lint(file: string, specifier: string): Promise<string> {
  const path = join(tree, file)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, `import { value } from '${specifier}'\n\nexport const copy = value\n`)
  const args = [toolPath('oxlint'), '-c', 'oxlint.config.mjs', file]
  const { stdout } = spawnSync(process.execPath, args, { cwd: tree, encoding: 'utf8' })
  await rm(path)
  return stdout
}

describe('the order of the folders of src', () => {
  it('names each of them', async () => {
    const entries = await readdir('src', { withFileTypes: true })
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
    expect(ORDER.toSorted()).toEqual(folders.toSorted())
  })

  it.each([
    ['from a folder below its own', 'src/history/new.ts', '../runs/run.ts'],
    ['of the contract', 'src/runs/new.ts', '@comfyui-credits/contract/money'],
    ['of page objects in a script', 'scripts/new.ts', '../tests/support/pages/comfy.ts'],
  ])('allows an import %s', async (_what, file, specifier) => {
    expect(await lint(file, specifier)).toContain('0 errors')
  })

  it.each([
    ['from a folder above its own', 'src/runs/new.ts', '../history/row.ts'],
    ['from a folder above, out of a folder within', 'src/history/list/new.ts', '../../panel/a.ts'],
    ['of Vue in pure logic', 'src/reconciliation/new.ts', 'vue'],
    ['of the service in the extension', 'src/runs/new.ts', '../../service/errors.ts'],
    ['of the service as a package', 'src/panel/new.ts', '@comfyui-credits/service/admin'],
    ['of the extension in the service', 'service/new.ts', '../src/runs/run.ts'],
    ['of ComfyUI’s adapter in a feature', 'src/balance/new.ts', '../host/graph.ts'],
    ['of tests in a script', 'scripts/new.ts', '../tests/e2e/support/world.ts'],
    ['of a new folder of tests in a benchmark', 'bench/history/new.ts', '../../tests/new/a.ts'],
  ])('refuses an import %s', async (_what, file, specifier) => {
    expect(await lint(file, specifier)).toContain('no-restricted-imports')
  })
})
