import * as z from 'zod'
import { eventually } from './eventually.ts'
import type { World } from './world.ts'

const queuedSchema = z.object({ prompt_id: z.string() })

let runs = 0

/** Queues a run of 12.66 credits without a client id, as a script on another machine may. */
export async function runScript(
  { sandbox }: World,
  apiKey: string,
): Promise<{ ended(): Promise<void> }> {
  const { comfyui } = sandbox.urls
  const prompt = `a script's hill ${(runs += 1)} ${performance.now()}`
  const answer = await fetch(`${comfyui}/prompt`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      // The ids of a person's first two nodes.
      prompt: {
        1: { class_type: 'SampleImageUltra', inputs: { prompt, aspect_ratio: '16:9', seed: 1 } },
        2: { class_type: 'PreviewImage', inputs: { images: ['1', 0] } },
      },
      extra_data: { api_key_comfy_org: apiKey },
    }),
  })
  if (!answer.ok) throw new Error(await answer.text())
  const { prompt_id: id } = queuedSchema.parse(await answer.json())
  const isInHistory = async (): Promise<boolean> => {
    const history = await fetch(`${comfyui}/history/${id}`)
    return Object.hasOwn(Object(await history.json()) as object, id)
  }
  return { ended: () => eventually(isInHistory, true, 40_000) }
}
