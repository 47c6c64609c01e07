import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { chooseServicePorts, freePort, requirePort } from '../../../sandbox/ports.ts'

const HOST = '127.0.0.1'

let dir: string
let taker: Server | null = null
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ports-'))
})
afterEach(async () => {
  const open = taker
  taker = null
  open?.closeAllConnections()
  if (open) await new Promise((settle) => open.close(settle))
  await rm(dir, { recursive: true, force: true })
})

function take(port: number): Promise<void> {
  const server = createServer()
  taker = server
  return new Promise((settle) => {
    server.listen(port, HOST, () => settle())
  })
}

describe('service ports', () => {
  it('are the same again after a restart, so that open payment pages still work', async () => {
    const first = await chooseServicePorts(dir, HOST)
    expect(new Set(Object.values(first)).size).toBe(4)
    expect(await chooseServicePorts(dir, HOST)).toEqual(first)
  })

  it('change only where another program has come in between', async () => {
    const first = await chooseServicePorts(dir, HOST)
    await take(first.stripe)
    const second = await chooseServicePorts(dir, HOST)
    expect(second.stripe).not.toBe(first.stripe)
    expect({ ...second, stripe: 0 }).toEqual({ ...first, stripe: 0 })
  })

  it('are chosen again when the stored ones cannot be read', async () => {
    await writeFile(join(dir, 'ports.json'), '{"credits":"eight"}')
    expect((await chooseServicePorts(dir, HOST)).credits).toBeGreaterThan(0)
  })
})

describe('requirePort', () => {
  it('lets a free port pass', async () => {
    await expect(requirePort(HOST, await freePort(HOST))).resolves.toBeUndefined()
  })

  it('says who to ask about a taken one, and which to take instead', async () => {
    const port = await freePort(HOST)
    await take(port)
    await expect(requirePort(HOST, port)).rejects.toThrow(
      new RegExp(`Port ${port} is taken.*:${port}.*--port ${port + 1}`),
    )
  })
})
