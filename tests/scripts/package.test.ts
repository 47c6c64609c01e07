import { execFileSync, spawnSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { unzipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildExtension } from '../../build/extension.ts'
import { installInto } from '../../scripts/install.ts'
import { packageFiles } from '../../scripts/package-files.ts'
import { packageZip } from '../../scripts/package-zip.ts'
import { findPython, PYTHON_VERSIONS } from './support/pythons.ts'

const LOADER = 'tests/scripts/support/load_node.py'

let scratch: string
let extension: string
let zip: Uint8Array
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'package-'))
  extension = join(scratch, 'built')
  await buildExtension(extension)
  zip = await packageZip(extension)
})
afterAll(() => rm(scratch, { recursive: true }))

/** As who has downloaded the zip does. */
async function unpack(comfyui: string): Promise<string> {
  const folder = join(comfyui, 'custom_nodes/comfyui-credits')
  for (const [path, content] of Object.entries(unzipSync(zip))) {
    const file = join(folder, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, content)
  }
  return folder
}

async function install(comfyui: string): Promise<string> {
  await mkdir(join(comfyui, 'custom_nodes'))
  await writeFile(join(comfyui, 'main.py'), '')
  return installInto(comfyui, extension)
}

describe('the packed extension', () => {
  it('holds what ComfyUI loads, and no sources, tests or notes of the build', () => {
    const chunk = /^dist\/chunks\/[\w.-]+-[\w-]{8}\.mjs$/
    const texts = /^locales\/[a-z]{2}(-[A-Z]{2})?\/(main|settings|commands)\.json$/
    const paths = Object.keys(unzipSync(zip))
    expect(paths.filter((path) => !chunk.test(path) && !texts.test(path))).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.ja.md',
      'README.md',
      'README.zh.md',
      '__init__.py',
      'dist/credits.js',
      'dist/embedded.html',
      'dist/embedded.mjs',
      'dist/return.html',
      'dist/return.mjs',
      'dist/third-party-licenses.md',
      'docs/panel.png',
      'pyproject.toml',
    ])
    expect(paths.some((path) => chunk.test(path))).toBe(true)
    expect(paths).toEqual(expect.arrayContaining(['locales/en/main.json', 'locales/zh/main.json']))
  })

  it('is the same bytes whenever and wherever it is packed', async () => {
    for (const { source } of await packageFiles(extension)) {
      if (source.startsWith(extension)) await utimes(source, 0, 0)
    }
    expect(await packageZip(extension)).toEqual(zip)
    const elsewhere = `
      import { packageZip } from './scripts/package-zip.ts'
      process.stdout.write(Buffer.from(await packageZip(process.argv[1])))`
    const packed = execFileSync(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '--eval', elsewhere, extension],
      { env: { ...process.env, TZ: 'Pacific/Kiritimati' }, maxBuffer: zip.length * 2 },
    )
    expect(new Uint8Array(packed)).toEqual(zip)
    // Starts a process that compiles: a busy machine takes its time.
  }, 60_000)

  it('is what `comfy node publish` would send to the registry', async (context) => {
    const git = (...args: string[]) => spawnSync('git', ['ls-files', ...args], { encoding: 'utf8' })
    const noClone = git('--error-unmatch', 'package.json').status !== 0
    context.skip(noClone, '`comfy node publish` asks git what to send, and this copy has no .git')
    const list = (...args: string[]) =>
      git('--cached', ...args)
        .stdout.split('\n')
        .filter(Boolean)
    const ignored = new Set(list('--ignored', '--exclude-from=.comfyignore'))
    const packed = Object.keys(unzipSync(zip))
    const built = packed.filter((path) => path.startsWith('dist/'))
    expect(await comfySection()).toContain('includes = ["dist"]\n')
    expect([...list().filter((path) => !ignored.has(path)), ...built].sort()).toEqual(packed)
  })
})

/** `[tool.comfy]` of pyproject.toml. */
async function comfySection(): Promise<string> {
  const manifest = await readFile('pyproject.toml', 'utf8')
  return manifest.slice(manifest.indexOf('[tool.comfy]\n'))
}

describe('pyproject.toml', () => {
  it('has the version of package.json', async () => {
    const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string }
    expect(await readFile('pyproject.toml', 'utf8')).toContain(`version = "${version}"`)
  })

  it('names no second web directory: the page would load everything twice', async () => {
    expect(await comfySection()).toMatch(/^PublisherId = "/m)
    expect(await comfySection()).not.toMatch(/^web\b/m)
  })
})

describe.each(PYTHON_VERSIONS)('ComfyUI’s loader on Python %s', (version) => {
  const python = findPython(version)

  it.for([
    ['unpacked from the zip', unpack],
    ['put in by install-into', install],
  ] as const)(
    'finds the page’s part, and has nothing to say, in what was %s',
    async ([, put], { skip }) => {
      if (python === null) return skip(`there is no Python ${version} here`)
      const folder = await put(await mkdtemp(join(scratch, 'comfyui-')))
      // Isolated and without site-packages: there is nothing but the standard library to import.
      const args = ['-I', '-S', '-B', '-W', 'error', LOADER, folder]
      const { status, stdout, stderr } = spawnSync(python, args, { encoding: 'utf8' })
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
      expect(JSON.parse(stdout)).toEqual({
        python: version,
        web: [
          'chunks',
          'credits.js',
          'embedded.html',
          'embedded.mjs',
          'return.html',
          'return.mjs',
          'third-party-licenses.md',
        ],
        nodes: {},
        names: {},
        exports: ['NODE_CLASS_MAPPINGS', 'NODE_DISPLAY_NAME_MAPPINGS', 'WEB_DIRECTORY'],
        imported: [],
      })
    },
  )

  it('says what to do where the files are not built, as in a git clone', async ({ skip }) => {
    if (python === null) return skip(`there is no Python ${version} here`)
    const folder = await mkdtemp(join(scratch, 'clone-'))
    await cp('__init__.py', join(folder, '__init__.py'))
    const args = ['-I', '-S', '-B', '-W', 'error', join(folder, '__init__.py')]
    const { status, stdout } = spawnSync(python, args, { encoding: 'utf8' })
    expect(status).toBe(0)
    expect(stdout).toContain('Run `npm run build`')
    expect(stdout).toContain(folder)
  })
})
