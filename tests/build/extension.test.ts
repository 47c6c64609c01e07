import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import process from 'node:process'
import { build, parseAst } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildExtension, inputFiles } from '../../build/extension.ts'

let dir: string
let files: string[]
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'extension-'))
  await buildExtension(dir)
  files = (await readdir(dir, { recursive: true })).filter((name) => name.includes('.'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

const read = (name: string) => readFile(join(dir, name), 'utf8')
const scripts = () => Promise.all(files.filter((name) => /\.m?js$/.test(name)).map(read))

/** What a script imports, static and dynamic. */
function specifiers(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return []
  const { type, source } = node as { type?: string; source?: { value?: unknown } | null }
  const own = /^(Import|Export)/.test(type ?? '') ? source?.value : undefined
  return [...(typeof own === 'string' ? [own] : []), ...Object.values(node).flatMap(specifiers)]
}

describe('the built extension', () => {
  it('has exactly one .js, since ComfyUI imports every one of them when it boots', () => {
    expect(files.filter((name) => name.endsWith('.js'))).toEqual(['credits.js'])
  })

  it('has the page that payments return to, with its script', async () => {
    expect(files).toContain('return.html')
    expect(files).toContain('return.mjs')
    expect(await read('return.html')).toContain('return.mjs')
  })

  it('has the page that holds Stripe’s, with its script', async () => {
    expect(files).toContain('embedded.mjs')
    expect(await read('embedded.html')).toContain('./embedded.mjs')
  })

  it('brings the licences of what is bundled into it', async () => {
    const licences = await read('third-party-licenses.md')
    for (const name of ['@vue/runtime-core', 'pinia', 'primevue', 'zod', 'axios']) {
      expect(licences).toMatch(new RegExp(`^## ${name} `, 'm'))
    }
  })

  it('brings no stylesheet: ComfyUI would not load it', () => {
    expect(files.filter((name) => name.endsWith('.css'))).toEqual([])
  })

  it('names no address from the origin: ComfyUI may be served under a prefix', async () => {
    const imported = (await scripts()).flatMap((code) => specifiers(parseAst(code)))
    expect(imported.length).toBeGreaterThan(10)
    expect(imported.filter((from) => !from.startsWith('.'))).toEqual([])
    const pages = await Promise.all(files.filter((name) => name.endsWith('.html')).map(read))
    const linked = pages.flatMap((page) =>
      [...page.matchAll(/\b(?:src|href)="([^"]*)"/g)].map(([, address]) => address),
    )
    expect(linked.length).toBeGreaterThan(1)
    expect(linked.filter((address) => !address?.startsWith('.'))).toEqual([])
  })

  it('asks for nothing of Node', async () => {
    const asking = (await scripts()).filter((code) => /\bprocess\.env\b/.test(code))
    expect(asking).toEqual([])
  })

  it('is made of nothing whose change a start would not notice', async () => {
    const built = await build({ logLevel: 'warn', build: { write: false } })
    const modules = [built].flat().flatMap((result) => {
      if (!('output' in result)) throw new Error('This build watches.')
      return result.output.flatMap((part) => (part.type === 'chunk' ? part.moduleIds : []))
    })
    const ours = modules
      .filter((id) => id.startsWith(process.cwd()) && !id.includes('/node_modules/'))
      .map((id) => relative(process.cwd(), id.replace(/\?.*$/, '')))
    expect(ours).toContain('src/main.ts')
    expect(await inputFiles()).toEqual(expect.arrayContaining(ours))
  })
})
