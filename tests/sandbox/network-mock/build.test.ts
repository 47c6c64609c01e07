import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'
import { buildNetworkMock } from '../../../sandbox/network-mock/build.ts'

it('builds a worker that leaves this machine alone, once', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'credits-network-mock-'))
  const script = path.join(folder, 'network-mock.js')
  await buildNetworkMock(folder)
  const worker = await readFile(path.join(folder, 'mockServiceWorker.js'), 'utf8')
  expect(worker.indexOf('stopImmediatePropagation')).toBeGreaterThan(-1)
  expect(worker.indexOf('stopImmediatePropagation')).toBeLessThan(worker.indexOf('MOCK_ACTIVATE'))
  expect(await readFile(script, 'utf8')).not.toMatch(/^import /m)
  const { mtimeMs } = await stat(script)
  await buildNetworkMock(folder)
  expect((await stat(script)).mtimeMs).toBe(mtimeMs)
  await rm(folder, { recursive: true, force: true })
})
