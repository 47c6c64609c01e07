import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { OutputCache } from '../../../../sandbox/comfyui/executor/cache.ts'
import { type Workshop, executeJob } from '../../../../sandbox/comfyui/executor/execute.ts'
import type { RunEvent } from '../../../../sandbox/comfyui/executor/events.ts'
import { type Prompt, promptSchema } from '../../../../sandbox/comfyui/executor/prompt.ts'
import { validatePrompt } from '../../../../sandbox/comfyui/executor/validate.ts'
import { PromptQueue } from '../../../../sandbox/comfyui/queue.ts'
import { nodeCatalog } from '../../../../sandbox/nodes/catalog.ts'
import { createImageStore } from '../../../../sandbox/nodes/image-store.ts'
import type { RunAccount } from '../../../../sandbox/nodes/types.ts'
import { type FakeAnswer, type SeenCall, startFakeService } from './fake-service.ts'
import type { Happening } from './recordings.ts'

const loggedIn: RunAccount = { token: 'token-of-a-test', apiKey: null }
export const loggedOut: RunAccount = { token: null, apiKey: null }

/** A queue with the real executor and nodes before a fake service; all that happens is noted. */
export async function openBench(answer: (call: SeenCall, index: number) => FakeAnswer) {
  const folder = await mkdtemp(join(tmpdir(), 'comfyui-bench-'))
  const service = await startFakeService(answer)
  const workshop: Workshop = {
    catalog: nodeCatalog,
    cache: new OutputCache(),
    images: createImageStore(folder),
    gateway: { baseUrl: service.url, pollEveryMs: 10, retryAfterMs: 1, longestRetryMs: 5 },
  }
  const happenings: Happening[] = []
  const watchers = new Set<(happening: Happening) => void>()
  const note = (...happening: Happening) => {
    happenings.push(happening)
    for (const watch of watchers) watch(happening)
  }
  const queue: PromptQueue = new PromptQueue({
    execute: (job, sink, signal) => executeJob(job, workshop, sink, signal),
    send: (_clientId, event) => note(event.type, detailOf(event)),
    broadcastText: (nodeId, text) => note('progress_text', { nodeId, text }),
    statusChanged: () => note('status', { exec_info: { queue_remaining: queue.remaining } }),
    log: pino({ level: 'silent' }),
  })

  /** Resolves with the first happening from now on that fits. */
  function next(fits: (happening: Happening) => boolean): Promise<Happening> {
    return new Promise((resolve) => {
      const watch = (happening: Happening) => {
        if (!fits(happening)) return
        watchers.delete(watch)
        resolve(happening)
      }
      watchers.add(watch)
    })
  }

  async function enqueue(
    promptId: string,
    rawPrompt: unknown,
    options: { account?: RunAccount; position?: 'front' } = {},
  ): Promise<void> {
    const prompt: Prompt = promptSchema.parse(rawPrompt)
    const checked = await validatePrompt(prompt, nodeCatalog, workshop.images)
    if (!checked.ok) throw new Error(JSON.stringify(checked))
    queue.enqueue(
      {
        promptId,
        prompt,
        outputs: checked.outputs,
        account: options.account ?? loggedIn,
        clientId: 'tab',
        extraData: {},
      },
      options.position ?? null,
    )
  }

  /** Queues one prompt and resolves when its run has ended. */
  async function run(promptId: string, prompt: unknown, account = loggedIn): Promise<void> {
    const ended = next(([type, detail]) => type === 'executing' && detail === null)
    await enqueue(promptId, prompt, { account })
    await ended
  }

  return {
    queue,
    workshop,
    service,
    happenings,
    next,
    enqueue,
    run,
    async close() {
      await queue.close()
      await service.close()
      await rm(folder, { recursive: true })
    },
  }
}

/** As the frontend dispatches it: `executing` carries the node alone. */
function detailOf(event: RunEvent): unknown {
  return event.type === 'executing' ? event.data.node : event.data
}

export const ultraToSave = {
  1: {
    class_type: 'SampleImageUltra',
    inputs: { prompt: 'a cat', aspect_ratio: '1:1', seed: 1 },
  },
  2: { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'cat' } },
}
