import * as z from 'zod/mini'
import type { RawRunEvent } from '../host/port.ts'

/** What the recorder understands; everything else the host says is left alone. */
export type RunEvent =
  | { readonly kind: 'started'; readonly promptId: string; readonly at: number }
  | { readonly kind: 'executing'; readonly nodeId: string }
  | { readonly kind: 'text'; readonly nodeId: string; readonly text: string }
  | { readonly kind: 'finished-nodes'; readonly promptId: string; readonly nodeIds: string[] }
  | { readonly kind: 'succeeded'; readonly promptId: string; readonly at: number }
  | { readonly kind: 'interrupted'; readonly promptId: string; readonly at: number }
  | {
      readonly kind: 'failed'
      readonly promptId: string
      readonly nodeId: string | null
      readonly exceptionType: string
      readonly message: string
      readonly at: number
    }
  | { readonly kind: 'disconnected' }
  | { readonly kind: 'queue-empty'; readonly at: number }

const nodeId = z.pipe(
  z.union([z.string(), z.number()]),
  z.transform((id) => String(id)),
)
const prompt = z.looseObject({ prompt_id: z.string() })

const executing = z.union([
  nodeId,
  z.pipe(
    z.looseObject({ node: nodeId }),
    z.transform(({ node }) => node),
  ),
])

const progressText = z.looseObject({ nodeId, text: z.string() })

const progressState = z.looseObject({
  prompt_id: z.string(),
  nodes: z.record(z.string(), z.looseObject({ state: z.optional(z.string()) })),
})

const executionError = z.looseObject({
  prompt_id: z.string(),
  node_id: z.nullish(nodeId),
  exception_type: z.optional(z.string()),
  exception_message: z.optional(z.string()),
})

const status = z.looseObject({ exec_info: z.looseObject({ queue_remaining: z.number() }) })

/**
 * One host event, understood; null for what does not concern a run or does not have the shape
 * ComfyUI gives it (seen on frontends 1.40–1.58 with server 0.33).
 */
export function parseRunEvent({ type, detail, at }: RawRunEvent): RunEvent | null {
  switch (type) {
    case 'execution_start':
      return map(prompt, detail, ({ prompt_id }) => ({ kind: 'started', promptId: prompt_id, at }))
    case 'executing':
      return map(executing, detail, (id) => ({ kind: 'executing', nodeId: id }))
    case 'progress_text':
      return map(progressText, detail, ({ nodeId: id, text }) => ({
        kind: 'text',
        nodeId: id,
        text,
      }))
    case 'progress_state':
      return map(progressState, detail, ({ prompt_id, nodes }) => ({
        kind: 'finished-nodes',
        promptId: prompt_id,
        nodeIds: Object.keys(nodes).filter((id) => nodes[id]?.state === 'finished'),
      }))
    case 'execution_success':
      return map(prompt, detail, ({ prompt_id }) => ({
        kind: 'succeeded',
        promptId: prompt_id,
        at,
      }))
    case 'execution_interrupted':
      return map(prompt, detail, ({ prompt_id }) => ({
        kind: 'interrupted',
        promptId: prompt_id,
        at,
      }))
    case 'execution_error':
      return map(executionError, detail, (error) => ({
        kind: 'failed',
        promptId: error.prompt_id,
        nodeId: error.node_id ?? null,
        exceptionType: error.exception_type ?? '',
        message: error.exception_message ?? '',
        at,
      }))
    case 'status':
      return parseStatus(detail, at)
    default:
      return null
  }
}

/** ComfyUI reports a lost connection as a status of null. */
function parseStatus(detail: unknown, at: number): RunEvent | null {
  if (detail === null) return { kind: 'disconnected' }
  return map(status, detail, ({ exec_info }) =>
    exec_info.queue_remaining === 0 ? { kind: 'queue-empty', at } : null,
  )
}

function map<T>(
  schema: z.ZodMiniType<T>,
  input: unknown,
  read: (value: T) => RunEvent | null,
): RunEvent | null {
  const parsed = schema.safeParse(input)
  return parsed.success ? read(parsed.data) : null
}
