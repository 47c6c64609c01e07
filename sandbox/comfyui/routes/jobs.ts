import { Hono } from 'hono'
import { z } from 'zod'
import type { NodeUi } from '../../nodes/types.ts'
import { jsonBody } from '../json-body.ts'
import type { FinishedJob } from '../history.ts'
import type { PromptQueue } from '../queue.ts'
import type { QueuedJob } from '../queued-job.ts'

const listQuery = z.object({
  status: z.string().default(''),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
  offset: z.coerce.number().int().min(0).default(0),
})
const cancelSchema = z.object({ job_ids: z.array(z.string()) })
const storedFile = z.object({
  filename: z.string(),
  subfolder: z.string(),
  type: z.enum(['input', 'output', 'temp']),
})
const STATUS = { success: 'completed', error: 'failed', interrupted: 'cancelled' } as const

/** The frontend's view of the queue and the history since 1.40. Times in ms since 1970. */
export function jobRoutes(queue: PromptQueue): Hono {
  const app = new Hono()

  app.get('/jobs', (c) => {
    const { status, limit, offset } = listQuery.parse(c.req.query())
    const wanted = status === '' ? null : status.split(',')
    const jobs = allJobs(queue).filter((job) => wanted === null || wanted.includes(job.status))
    return c.json({
      jobs: jobs.slice(offset, offset + limit),
      pagination: {
        offset,
        limit,
        total: jobs.length,
        has_more: offset + limit < jobs.length,
      },
    })
  })
  app.post('/jobs/cancel', async (c) => {
    const { job_ids: ids } = await jsonBody(c, cancelSchema)
    cancel(queue, ids)
    return c.json({})
  })
  app.post('/jobs/:id/cancel', (c) => {
    cancel(queue, [c.req.param('id')])
    return c.json({})
  })
  app.get('/jobs/:id', (c) => {
    const id = c.req.param('id')
    const summary = allJobs(queue).find((job) => job.id === id)
    const job = queue.history.find(id) ?? queue.pending.find((waiting) => waiting.promptId === id)
    const source = job ?? queue.running?.job
    if (!summary || !source) return c.json({ error: 'no such job' }, 404)
    return c.json({
      ...summary,
      workflow: { prompt: source.prompt, extra_data: source.extraData },
      outputs: 'outcome' in source ? source.outcome.outputs : {},
      update_time: summary.execution_end_time ?? summary.create_time,
    })
  })
  return app
}

function cancel(queue: PromptQueue, ids: readonly string[]): void {
  queue.remove(ids)
  for (const id of ids) queue.interrupt(id)
}

/** Newest first. */
function allJobs(queue: PromptQueue) {
  const { running } = queue
  return [
    ...queue.pending.map((job) => waitingJob(job, 'pending', null)),
    ...(running ? [waitingJob(running.job, 'in_progress', running.startedAt)] : []),
    ...queue.history.all().map(finishedJob),
  ].toSorted((one, other) => other.create_time - one.create_time)
}

function waitingJob(job: QueuedJob, status: 'pending' | 'in_progress', startedAt: number | null) {
  return {
    id: job.promptId,
    status,
    priority: job.number,
    create_time: job.createdAt,
    execution_start_time: startedAt,
    execution_end_time: null,
    outputs_count: 0,
    preview_output: null,
    execution_error: null,
    workflow_id: workflowId(job.extraData),
  }
}

function finishedJob(job: FinishedJob) {
  const { outputs, status, error } = job.outcome
  const files = Object.entries(outputs).flatMap(([nodeId, ui]) => filesOf(nodeId, ui))
  return {
    id: job.promptId,
    status: STATUS[status],
    priority: job.number,
    create_time: job.createdAt,
    execution_start_time: job.startedAt,
    execution_end_time: job.endedAt,
    outputs_count: files.length,
    preview_output: files.findLast((file) => file.type === 'output') ?? files.at(-1) ?? null,
    execution_error: error,
    workflow_id: workflowId(job.extraData),
  }
}

function filesOf(nodeId: string, ui: NodeUi) {
  return Object.entries(ui).flatMap(([mediaType, entries]) =>
    entries.flatMap((entry) => {
      const file = storedFile.safeParse(entry)
      return file.success ? [{ ...file.data, nodeId, mediaType }] : []
    }),
  )
}

const workflowSchema = z.looseObject({
  extra_pnginfo: z.looseObject({ workflow: z.looseObject({ id: z.string() }) }),
})

function workflowId(extraData: unknown): string | null {
  const found = workflowSchema.safeParse(extraData)
  return found.success ? found.data.extra_pnginfo.workflow.id : null
}
