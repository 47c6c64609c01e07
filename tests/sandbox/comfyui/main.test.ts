import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'

const MAIN = fileURLToPath(new URL('../../../sandbox/comfyui/main.ts', import.meta.url))

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'comfyui-main-'))
  await mkdir(join(folder, 'frontend', 'extensions'), { recursive: true })
  await writeFile(join(folder, 'frontend', 'index.html'), '<html></html>')
})
afterEach(async () => {
  await rm(folder, { recursive: true })
})

function start(
  overrides: Record<string, string> = {},
): ChildProcessByStdio<null, Readable, Readable> {
  return spawn(process.execPath, ['--import', 'tsx', MAIN], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      PORT: '0',
      FRONTEND_DIR: join(folder, 'frontend'),
      FRONTEND_VERSION: '1.58.1',
      DATA_DIR: join(folder, 'data'),
      CREDITS_URL: 'http://127.0.0.1:9',
      ...overrides,
    },
  })
}

test('the first line says where it listens, and it ends in order when asked', async () => {
  const child = start()
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  const ready = JSON.parse(line)
  expect(ready).toEqual({ ready: true, url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) })
  expect((await fetch(ready.url)).status).toBe(200)
  const askedAt = Date.now()
  child.kill('SIGTERM')
  const [code] = await once(child, 'exit')
  expect(code).toBe(0)
  expect(Date.now() - askedAt).toBeLessThan(3000)
})

test.each([
  ['a setting that does not fit', { CREDITS_URL: 'somewhere' }, 'CREDITS_URL'],
  ['a frontend that is not there', { FRONTEND_DIR: '/nowhere' }, 'index.html'],
])('%s ends it with one sentence', async (_what, overrides, word) => {
  const child = start(overrides)
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  expect(code).toBe(1)
  expect(said.trim().split('\n')).toEqual([
    expect.stringMatching(/^The ComfyUI host server cannot start: /),
  ])
  expect(said).toContain(word)
})
