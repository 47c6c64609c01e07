/**
 * A partner as a process that loses nothing it did: each piece of work is in a journal before it is
 * answered. The prompt names how the call goes wrong.
 */
import { randomUUID } from 'node:crypto'
import { existsSync, openSync, readFileSync, writeSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import process from 'node:process'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import * as z from 'zod'
import { workSchema, type Work } from './work.ts'

const file = process.env['JOURNAL'] ?? ''
const journal = new Map<string, Work>(
  existsSync(file) ? readLines(readFileSync(file, 'utf8')) : undefined,
)
const descriptor = openSync(file, 'a')
/** Calls that have arrived and are not done. */
const inWork = new Set<string>()

function readLines(lines: string): [string, Work][] {
  // A kill −9 may cut the last line off; that work was answered to nobody.
  const whole = lines.split('\n').slice(0, -1)
  return whole.flatMap((line) => {
    const parsed = workSchema.safeParse(parseOrNull(line))
    return parsed.success ? [[parsed.data.key, parsed.data] as [string, Work]] : []
  })
}

function parseOrNull(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}

const bodySchema = z.looseObject({ prompt: z.string(), n: z.number().default(1) })

/** What we bill, in micro-USD, for so many units of a product. */
const priceList: Readonly<Record<string, { unit: 'images' | 'seconds'; usdMicros: number }>> = {
  '/aurora/v1/images': { unit: 'images', usdMicros: 20_000 },
  '/aurora/v1/images/ultra': { unit: 'images', usdMicros: 60_000 },
  '/tempo/v1/videos': { unit: 'seconds', usdMicros: 70_000 },
}
const VIDEO_SECONDS = 5
/** Beyond what the service charges for any call. */
const EXCESS = 20

function doWork(key: string, path: string, { prompt, n }: z.infer<typeof bodySchema>): Work {
  const priced = priceList[path]
  if (!priced) throw new Error(`No product at ${path}.`)
  const asked = priced.unit === 'seconds' ? VIDEO_SECONDS : n
  const units = prompt.includes('[excess]') ? asked * EXCESS : asked
  const fixed = path.endsWith('/ultra')
  const work: Work = {
    key,
    path,
    usdMicros: priced.usdMicros * (fixed ? 1 : units),
    answer: { id: randomUUID(), status: 'queued', usage: { [priced.unit]: units } },
  }
  writeSync(descriptor, `${JSON.stringify(work)}\n`)
  journal.set(key, work)
  return work
}

async function answerCall(request: IncomingMessage, response: ServerResponse, path: string) {
  const key = String(request.headers['idempotency-key'])
  const body = bodySchema.parse(JSON.parse(await text(request)))
  const { prompt } = body
  if (prompt.includes('[refuse]')) return send(response, 400, { error: { type: 'refused' } })
  if (prompt.includes('[fail]')) return send(response, 500, { error: { type: 'failed' } })
  inWork.add(key)
  const slowMs = Number(/\[slow (\d+)\]/.exec(prompt)?.[1] ?? 0)
  await wait(slowMs / 2)
  const work = doWork(key, path, body)
  inWork.delete(key)
  await wait(slowMs / 2)
  if (prompt.includes('[drop]')) return response.destroy()
  if (prompt.includes('[garbage]')) return response.end('<html>Bad gateway</html>')
  return send(response, 200, work.answer)
}

function answerQuestion(response: ServerResponse, key: string) {
  const work = journal.get(key)
  if (work) return send(response, 200, work.answer)
  if (inWork.has(key)) return send(response, 503, { error: { type: 'not_yet' } })
  return send(response, 404, { error: { type: 'unknown_call' } })
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
}

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://partner')
  if (request.method === 'POST') void answerCall(request, response, pathname)
  else answerQuestion(response, searchParams.get('idempotency_key') ?? '')
})
server.listen(Number(process.env['PORT']), '127.0.0.1', () => {
  process.stdout.write('{"ready":true}\n')
})
