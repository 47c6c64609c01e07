import { createServer } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import { once } from 'node:events'
import { drawPng } from '../../../../sandbox/partner/png.ts'

/** One answer of the fake; `credits` goes into X-Comfy-Credits-Used. */
export interface FakeAnswer {
  readonly status?: number
  readonly body: unknown
  readonly credits?: number
}

export interface SeenCall {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: unknown
}

/**
 * A credits service of a few lines for the executor's tests: `answer` gets each call under /proxy.
 * Calls without credentials get 401, as the real one does.
 */
export async function startFakeService(answer: (call: SeenCall, index: number) => FakeAnswer) {
  const calls: SeenCall[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString()
      const call: SeenCall = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body: text === '' ? null : JSON.parse(text),
      }
      calls.push(call)
      const known = request.headers.authorization ?? request.headers['x-api-key']
      const reply: FakeAnswer = known
        ? answer(call, calls.length - 1)
        : { status: 401, body: { code: 'unauthorized', message: 'log in' } }
      response.writeHead(reply.status ?? 200, {
        'Content-Type': 'application/json',
        ...(reply.credits === undefined ? {} : { 'X-Comfy-Credits-Used': String(reply.credits) }),
      })
      response.end(JSON.stringify(reply.body))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    calls,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

export const tinyPng = drawPng(8, 6, (x, y) => [x * 30, y * 40, 90]).toString('base64')

export const doneJob = { id: 'job-1', status: 'succeeded', result: { images: [tinyPng] } }
export const queuedJob = { id: 'job-1', status: 'queued', progress: 0 }
const runningJob = { id: 'job-1', status: 'running', progress: 0.5 }

/** Polled calls: the create answer with its price, then `polls` times running, then done. */
export function polledAnswers(credits: number, polls: number) {
  let asked = 0
  return (call: SeenCall): FakeAnswer => {
    if (call.method === 'POST') {
      asked = 0
      return { body: queuedJob, credits }
    }
    asked += 1
    return { body: asked <= polls ? runningJob : doneJob }
  }
}

/** Polled calls whose jobs run until they are released; no test then races a job's end. */
export function gatedAnswers(credits: number) {
  let released = false
  return {
    answer(call: SeenCall): FakeAnswer {
      if (call.method === 'POST') return { body: queuedJob, credits }
      return { body: released ? doneJob : runningJob }
    },
    release(): void {
      released = true
    },
  }
}
