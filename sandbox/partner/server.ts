import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { serve } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { z } from 'zod'
import { AnsweredCalls } from './answered-calls.ts'
import { BadPicture, type PartnerErrorBody } from './answer.ts'
import { faultsIn } from './faults.ts'
import { createJobs } from './jobs.ts'
import { type Operation, operations } from './operations.ts'

export interface PartnerConfig {
  /** 0 takes any free port. */
  readonly port: number
  readonly bind: string
  /** How long polled jobs take, in milliseconds; shorter in tests. */
  readonly jobMs?: number
  readonly slowJobMs?: number
  readonly slowAnswerMs?: number
}

type Pace = Required<Pick<PartnerConfig, 'jobMs' | 'slowJobMs' | 'slowAnswerMs'>>

const DEFAULT_PACE: Pace = { jobMs: 2000, slowJobMs: 20_000, slowAnswerMs: 10_000 }
const MAX_BODY_BYTES = 40_000_000

const envelope = z.looseObject({ prompt: z.string().optional() })

/** The stand-in for the companies behind the API nodes. It knows nothing about money or people. */
function createPartnerApp(pace: Pace): Hono {
  const app = new Hono()
  const jobs = createJobs(Date.now)
  const limited = new Set<string>()
  const answered = new AnsweredCalls()

  app.use(bodyLimit({ maxSize: MAX_BODY_BYTES, onError: (c) => refuse(c, 413, 'body too large') }))
  for (const operation of operations) {
    app.post(operation.path, async (c) => {
      const raw: unknown = await c.req.json().catch(() => null)
      const body = envelope.safeParse(raw)
      if (!body.success) return refuse(c, 400, 'the body must be a JSON object')
      const prompt = body.data.prompt ?? ''
      const faults = faultsIn(prompt)
      if (faults.rateLimitOnce && !limited.delete(operation.path + prompt)) {
        limited.add(operation.path + prompt)
        c.header('Retry-After', '1')
        return refuse(c, 429, 'too many requests', 'rate_limit_error')
      }
      if (faults.fail) return refuse(c, 500, 'the partner failed', 'server_error')
      if (faults.reject) return refuse(c, 400, 'the prompt was refused')
      const work = performed(operation, raw)
      if ('refused' in work) return refuse(c, 400, work.refused)
      const key = c.req.header('Idempotency-Key')
      if (!operation.polled) {
        const answer = { id: randomUUID(), status: 'succeeded', ...work }
        answered.remember(operation.path, key, answer)
        if (faults.slow) await wait(pace.slowAnswerMs)
        return c.json(answer)
      }
      const durationMs = faults.slow ? pace.slowJobMs : pace.jobMs
      const job = jobs.start(work, {
        durationMs,
        breaks: faults.breakJob,
        held: faults.held,
      })
      const answer = { id: job.id, status: job.status, usage: work.usage }
      answered.remember(operation.path, key, answer)
      return c.json(answer)
    })
    app.get(operation.path, (c) => {
      const answer = answered.find(operation.path, c.req.query('idempotency_key') ?? '')
      return answer ? c.json(answer) : refuse(c, 404, 'no call has this key', 'unknown_call')
    })
    if (!operation.polled) continue
    app.get(`${operation.path}/:id`, (c) => {
      const job = jobs.view(c.req.param('id'))
      return job ? c.json(job) : refuse(c, 404, 'no such job', 'not_found_error')
    })
  }
  app.post('/_sandbox/finish', (c) => {
    jobs.finishHeld()
    return c.json({ ok: true })
  })
  app.notFound((c) => refuse(c, 404, 'no such path', 'not_found_error'))
  return app
}

function performed(operation: Operation, raw: unknown) {
  try {
    return operation.perform(raw)
  } catch (error) {
    if (error instanceof BadPicture) return { refused: error.message }
    if (error instanceof z.ZodError) return { refused: z.prettifyError(error) }
    throw error
  }
}

function refuse(
  c: Context,
  status: 400 | 404 | 413 | 429 | 500,
  message: string,
  type = 'invalid_request_error',
) {
  return c.json({ error: { message, type } } satisfies PartnerErrorBody, status)
}

/** Starts the partner stand-in; `url` has no trailing slash. */
export async function startPartner(
  config: PartnerConfig,
): Promise<{ url: string; close(): Promise<void> }> {
  const app = createPartnerApp({ ...DEFAULT_PACE, ...config })
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, port: config.port, hostname: config.bind }, (info) =>
      resolve({
        url: `http://127.0.0.1:${info.port}`,
        close: () =>
          new Promise((closed, failed) => {
            server.close((error) => (error ? failed(error) : closed()))
            if ('closeAllConnections' in server) server.closeAllConnections()
          }),
      }),
    )
    server.once('error', reject)
  })
}
