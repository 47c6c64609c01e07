import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { NodeError } from '../errors.ts'
import type { NodeContext } from '../types.ts'
import { cancelledError } from './refusal.ts'
import { type Answer, request } from './request.ts'
import { statusText } from './status-text.ts'

const resultSchema = z.looseObject({
  images: z.array(z.string()).optional(),
  text: z.string().optional(),
  files: z.array(z.object({ name: z.string(), base64: z.string() })).optional(),
})
export type PartnerResult = z.infer<typeof resultSchema>

const jobSchema = z.looseObject({
  id: z.string(),
  status: z.enum(['queued', 'running', 'succeeded', 'failed']),
  progress: z.number().min(0).max(1).optional(),
  result: resultSchema.nullish(),
  error: z.string().nullish(),
})
type Job = z.infer<typeof jobSchema>

const TEXT_EVERY_MS = 1000

/**
 * Makes one paid call to a partner and, if the answer is a job, polls it until it is done. Shows the
 * texts that ComfyUI's API nodes show, in their order.
 */
export async function askPartner(
  context: NodeContext,
  path: string,
  body: Readonly<Record<string, unknown>>,
): Promise<PartnerResult> {
  const created = await create(context, path, body)
  const job = parseJob(created.body)
  if (job.status === 'succeeded' && job.result) return job.result
  return await waitForJob(context, path, job.id, created.credits)
}

async function create(
  context: NodeContext,
  path: string,
  body: Readonly<Record<string, unknown>>,
): Promise<Answer> {
  const seconds = stopwatch()
  const showWaiting = () => context.showText(statusText('Waiting for server', null, seconds()))
  const ticker = setInterval(showWaiting, TEXT_EVERY_MS)
  try {
    const answer = await request(context, { method: 'POST', path, body }, showWaiting)
    context.showText(statusText('Completed', answer.credits, seconds()))
    return answer
  } finally {
    clearInterval(ticker)
  }
}

async function waitForJob(
  context: NodeContext,
  path: string,
  id: string,
  priceAtCreation: number | null,
): Promise<PartnerResult> {
  const seconds = stopwatch()
  let price = priceAtCreation
  const show = (status: string) => context.showText(statusText(status, price, seconds()))
  show('Queued')
  for (;;) {
    const answer = await request(context, {
      method: 'GET',
      path: `${path}/${encodeURIComponent(id)}`,
    })
    const job = parseJob(answer.body)
    // A partner may know the price only at the end; the last one counts.
    price = answer.credits ?? price
    if (job.status === 'succeeded' || job.status === 'failed') {
      if (job.status === 'succeeded') context.showProgress(100, 100)
      show(capitalised(job.status))
      return finished(job)
    }
    context.showProgress(Math.round((job.progress ?? 0) * 100), 100)
    await untilNextPoll(context)
    show(job.status === 'queued' ? 'Queued' : 'Pending')
  }
}

function finished(job: Job): PartnerResult {
  if (job.status === 'succeeded' && job.result) return job.result
  throw new NodeError(`API Error: the partner's job failed: ${job.error ?? 'no reason given'}`)
}

function parseJob(body: unknown): Job {
  const job = jobSchema.safeParse(body)
  if (job.success) return job.data
  throw new NodeError('API Error: the partner answered in a shape that is not understood.')
}

async function untilNextPoll(context: NodeContext): Promise<void> {
  try {
    await wait(context.gateway.pollEveryMs, undefined, { signal: context.signal })
  } catch {
    // The wait can only be ended by its signal.
    throw cancelledError()
  }
}

/** Whole seconds since now. */
function stopwatch(): () => number {
  const startedAt = Date.now()
  return () => Math.floor((Date.now() - startedAt) / 1000)
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}
