import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import { expect, it, onTestFinished } from 'vitest'
import { apiErrorSchema } from '@comfyui-credits/contract/errors'
import { answerRequests } from '../../service/http/listener.ts'

it('answers a fault before any route with 500, and logs it', async () => {
  const lines: string[] = []
  const log = pino({ level: 'error' }, { write: (line) => lines.push(line) })
  const fetch = () => {
    throw new Error('a fault of ours')
  }
  const server = createServer()
  answerRequests(server, { fetch }, log)
  onTestFinished(() => void server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const response = await globalThis.fetch(`http://127.0.0.1:${port}/`)
  expect(response.status).toBe(500)
  expect(apiErrorSchema.parse(await response.json()).code).toBe('internal')
  expect(lines).toHaveLength(1)
  expect(lines[0]).toContain('a fault of ours')
})
