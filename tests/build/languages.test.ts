// @vitest-environment happy-dom
import 'fake-indexeddb/auto'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import process from 'node:process'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { languages } from '../../build/languages.ts'
import { PanelAccount } from '../../sandbox/panel/account.ts'
import { answersOf, handlersFrom } from '../../sandbox/panel/handlers.ts'
import { API_BASE, createPanelHost } from '../../sandbox/panel/host.ts'
import { sampleEvents } from '../../sandbox/panel/sample-events.ts'
import type { createCredits, CreditsInstance } from '../../src/panel/mount.ts'
import '../src/support/patience.ts'

// The texts in the built extension are compiled and vue-i18n has no compiler there: whether they
// are still what people read, tests of the sources do not show.

const ROOT = join(import.meta.dirname, '../..')
const LOCALES = join(ROOT, 'locales')

const server = setupServer()
let folder: string
let create: typeof createCredits
let open: CreditsInstance | undefined

beforeAll(async () => {
  server.listen({ onUnhandledRequest: 'error' })
  // Below the root: Vitest imports nothing from elsewhere.
  mkdirSync(join(ROOT, '.cache'), { recursive: true })
  folder = mkdtempSync(join(ROOT, '.cache/languages-'))
  buildInto(folder)
  const chunks = join(folder, 'chunks')
  const name = readdirSync(chunks).find((file) => file.startsWith('mount-')) ?? ''
  ;({ createCredits: create } = await import(/* @vite-ignore */ join(chunks, name)))
})
afterEach(() => {
  open?.dispose()
  document.body.replaceChildren()
})
afterAll(() => {
  server.close()
  rmSync(folder, { recursive: true, force: true })
})

/** In a process of its own: Vite does not build among the globals of a browser. */
function buildInto(outDir: string): void {
  const vite = join(createRequire(import.meta.url).resolve('vite/package.json'), '../bin/vite.js')
  const args = [vite, 'build', '--outDir', outDir, '--emptyOutDir', '--logLevel', 'warn']
  execFileSync(process.execPath, args, { env: { ...process.env, NODE_ENV: 'production' } })
}

function panelIn(locale: string, account = new PanelAccount(10)) {
  server.use(...handlersFrom(API_BASE, answersOf(account)))
  const host = createPanelHost({ locale })
  open = create(host)
  const element = document.createElement('div')
  document.body.append(element)
  open.mount(element)
  return { host, element, credits: open }
}

function textIn(language: string, file: string, ...path: string[]): string {
  const content: unknown = JSON.parse(readFileSync(join(LOCALES, language, file), 'utf8'))
  const found = ['comfyuiCredits', ...path].reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : null),
    content,
  )
  if (typeof found !== 'string') throw new Error(`${language} has no ${path.join('.')}.`)
  return found
}

const title = (element: HTMLElement) => element.querySelector('h2')?.textContent

describe('the built panel', () => {
  it.each(languages())('speaks %s, the popup included', async (language) => {
    const { element, credits } = panelIn(language)
    await vi.waitFor(() =>
      expect(title(element)).toBe(textIn(language, 'main.json', 'panel', 'title')),
    )
    credits.openPurchase()
    const heading = textIn(language, 'main.json', 'buy', 'title')
    await vi.waitFor(() => expect(element.querySelector('dialog h2')?.textContent).toBe(heading))
  })

  it('fills the holes of a text', async () => {
    const { element, credits } = panelIn('en')
    credits.openPurchase()
    await vi.waitFor(() => expect(element.textContent).toContain('Minimum $5, maximum $10,000.'))
  })

  it.each([
    ['en', '2 calls'],
    ['zh', '2 次调用'],
  ])('has the forms of a count in %s', async (language, counted) => {
    const { element } = panelIn(language, new PanelAccount(10, sampleEvents(Date.now())))
    await vi.waitFor(() => expect(element.textContent).toContain(counted))
  })

  it('is English where there are no texts of ours, and follows the host', async () => {
    const { host, element } = panelIn('bn-IN')
    await vi.waitFor(() => expect(title(element)).toBe('Credits'))
    host.speak('zh-SG')
    await vi.waitFor(() => expect(title(element)).toBe('积分'))
    host.speak('bn')
    await vi.waitFor(() => expect(title(element)).toBe('Credits'))
  })
})
