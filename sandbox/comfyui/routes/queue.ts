import { Hono } from 'hono'
import { z } from 'zod'
import { jsonBody } from '../json-body.ts'
import type { FinishedJob } from '../history.ts'
import type { PromptQueue } from '../queue.ts'
import type { QueuedJob } from '../queued-job.ts'

const listEditSchema = z.object({
  clear: z.boolean().optional(),
  delete: z.array(z.string()).optional(),
})

/** ComfyUI's older view of the queue and the history; `jobs.ts` is the newer one. */
export function queueRoutes(queue: PromptQueue): Hono {
  const app = new Hono()

  app.get('/queue', (c) => {
    const { running } = queue
    return c.json({
      queue_running: running ? [entry(running.job)] : [],
      queue_pending: queue.pending.map(entry),
    })
  })
  app.post('/queue', async (c) => {
    const edit = await jsonBody(c, listEditSchema)
    if (edit.clear) queue.clear()
    if (edit.delete) queue.remove(edit.delete)
    return c.json({})
  })
  app.get('/history', (c) => {
    const limit = Number(c.req.query('max_items') ?? Number.NaN)
    const jobs = queue.history.all()
    return c.json(historyOf(Number.isInteger(limit) && limit > 0 ? jobs.slice(-limit) : jobs))
  })
  app.get('/history/:id', (c) => {
    const job = queue.history.find(c.req.param('id'))
    return c.json(historyOf(job ? [job] : []))
  })
  app.post('/history', async (c) => {
    const edit = await jsonBody(c, listEditSchema)
    if (edit.clear) queue.history.forgetAll()
    if (edit.delete) queue.history.forget(edit.delete)
    return c.json({})
  })
  return app
}

function entry(job: Omit<QueuedJob, 'account'>) {
  return [job.number, job.promptId, job.prompt, job.extraData, job.outputs]
}

function historyOf(jobs: readonly FinishedJob[]) {
  return Object.fromEntries(
    jobs.map((job) => [
      job.promptId,
      {
        prompt: entry(job),
        outputs: job.outcome.outputs,
        status: {
          status_str: job.outcome.status === 'success' ? 'success' : 'error',
          completed: job.outcome.status === 'success',
          messages: job.messages.map((event) => [event.type, event.data]),
        },
        meta: Object.fromEntries(
          Object.keys(job.outcome.outputs).map((id) => [
            id,
            { node_id: id, display_node: id, parent_node: null, real_node_id: id },
          ]),
        ),
      },
    ]),
  )
}
