import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { Hono } from 'hono'
import { z } from 'zod'
import type { Workshop } from '../executor/execute.ts'
import { promptSchema } from '../executor/prompt.ts'
import { validatePrompt } from '../executor/validate.ts'
import { jsonBody } from '../json-body.ts'
import type { PromptQueue } from '../queue.ts'

const requestSchema = z.object({
  prompt: promptSchema,
  prompt_id: z.string().min(1).optional(),
  client_id: z.string().nullish(),
  number: z.number().optional(),
  front: z.boolean().optional(),
  partial_execution_targets: z.array(z.string()).nullish(),
  extra_data: z
    .looseObject({
      auth_token_comfy_org: z.string().nullish(),
      api_key_comfy_org: z.string().nullish(),
    })
    .default({}),
})
type PromptRequest = z.infer<typeof requestSchema>

const idSchema = z.object({ prompt_id: z.string().nullish() })

export function promptRoutes(
  queue: PromptQueue,
  workshop: Workshop,
  answerDelaysMs: readonly number[],
): Hono {
  const app = new Hono()
  let answers = 0

  app.get('/prompt', (c) => c.json({ exec_info: { queue_remaining: queue.remaining } }))
  app.post('/prompt', async (c) => {
    const request = await jsonBody(c, requestSchema)
    const { catalog, images } = workshop
    const targets = request.partial_execution_targets ?? null
    const checked = await validatePrompt(request.prompt, catalog, images, targets)
    if (!checked.ok) return c.json({ error: checked.error, node_errors: checked.nodeErrors }, 400)
    const promptId = request.prompt_id ?? randomUUID()
    const number = queue.enqueue(
      { promptId, outputs: checked.outputs, ...jobOf(request) },
      request.front ? 'front' : (request.number ?? null),
    )
    const delay = answerDelaysMs[answers % answerDelaysMs.length] ?? 0
    answers += 1
    if (delay > 0) await wait(delay)
    return c.json({ prompt_id: promptId, number, node_errors: checked.nodeErrors })
  })
  app.post('/interrupt', async (c) => {
    const hasBody = (await c.req.text()) !== ''
    queue.interrupt(hasBody ? ((await jsonBody(c, idSchema)).prompt_id ?? null) : null)
    return c.json({})
  })
  return app
}

/** The queue and the history show no credentials. */
function jobOf(request: PromptRequest) {
  const {
    auth_token_comfy_org: token,
    api_key_comfy_org: apiKey,
    ...extraData
  } = request.extra_data
  return {
    prompt: request.prompt,
    clientId: request.client_id || null,
    account: { token: token || null, apiKey: apiKey || null },
    extraData,
  }
}
