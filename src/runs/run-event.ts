import * as z from 'zod/mini'
import type { RawRunEvent } from '../host/port.ts'
import { firstOutput, type OutputFile } from './output-file.ts'
import { workflowHash } from './workflow-hash.ts'

/** What the recorder understands; everything else the host says is left alone. */
export type RunEvent =
  | { readonly kind: 'asked'; readonly requestId: number; readonly batch: number }
  | { readonly kind: 'answered'; readonly requestId: number }
  | {
      readonly kind: 'sent'
      readonly send: number
      readonly source: string | null
      readonly batch: number
    }
  | ({ readonly kind: 'accepted'; readonly promptId: string } & Queued)
  | {
      readonly kind: 'refused'
      /** The number that `sent` gave it; null where nobody saw it sent. */
      readonly send: number | null
      readonly code: string | null
      /** False where nothing in it asks a partner for credits. */
      readonly mayCost: boolean
      readonly at: number
    }
  | { readonly kind: 'answered-all' }
  | { readonly kind: 'started'; readonly promptId: string; readonly at: number }
  | { readonly kind: 'executing'; readonly nodeId: string; readonly at: number }
  | { readonly kind: 'idle'; readonly at: number }
  | {
      readonly kind: 'text'
      readonly promptId: string | null
      readonly nodeId: string
      readonly text: string
      readonly at: number
    }
  | {
      readonly kind: 'nodes'
      readonly promptId: string
      readonly running: readonly string[]
      readonly finished: readonly string[]
      readonly at: number
    }
  | { readonly kind: 'output'; readonly promptId: string; readonly file: OutputFile }
  | { readonly kind: 'succeeded'; readonly promptId: string; readonly at: number }
  | { readonly kind: 'interrupted'; readonly promptId: string; readonly at: number }
  | {
      readonly kind: 'failed'
      readonly promptId: string
      readonly nodeId: string | null
      readonly nodeType: string | null
      readonly exceptionType: string
      readonly message: string
      readonly at: number
    }
  | { readonly kind: 'disconnected' }
  | { readonly kind: 'queue-empty'; readonly at: number }

interface Queued {
  /** As of `refused`. */
  readonly send: number | null
  readonly number: number | null
  readonly workflowHash: string | null
  readonly source: string | null
}

/** Ids are kept; nobody's are longer, and a page must not be filled by one that is. */
const MAX_ID = 200
const id = z.string().check(z.minLength(1), z.maxLength(MAX_ID))
const nodeId = z.pipe(z.union([id, z.number()]), z.transform(String))
const prompt = z.looseObject({ prompt_id: id })
const nullish = <T extends z.ZodMiniType>(schema: T) =>
  z.pipe(
    z.nullish(schema),
    z.transform((value) => value ?? null),
  )

const asked = z.looseObject({ requestId: z.number(), batchCount: z.number() })
const answered = z.looseObject({ requestId: z.number() })
const sent = z.looseObject({ send: z.number(), source: nullish(id), batch: z.number() })
const accepted = z.looseObject({
  prompt_id: id,
  send: nullish(z.number()),
  number: nullish(z.number()),
  source: nullish(id),
  output: z.optional(z.unknown()),
})
const refused = z.looseObject({
  send: nullish(z.number()),
  code: nullish(id),
  mayCost: nullish(z.boolean()),
})

const executing = z.union([
  nodeId,
  z.pipe(
    z.looseObject({ node: nodeId }),
    z.transform(({ node }) => node),
  ),
])
const nothingExecuting = z.union([z.null(), z.looseObject({ node: z.null() })])

const progressText = z.looseObject({ nodeId, text: z.string(), prompt_id: nullish(id) })

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

/** Nodes by id are read without a schema each: a large workflow sends all of them at every step. */
const progressState = z.looseObject({ prompt_id: id, nodes: z.custom<object>(isObject) })

const executed = z.looseObject({ prompt_id: id, output: z.optional(z.unknown()) })

const executionError = z.looseObject({
  prompt_id: id,
  node_id: nullish(nodeId),
  node_type: nullish(id),
  exception_type: z.optional(z.string()),
  exception_message: z.optional(z.string()),
})

const status = z.looseObject({ exec_info: z.looseObject({ queue_remaining: z.number() }) })

/**
 * One host event, understood; null for what does not concern a run or does not have the shape
 * ComfyUI gives it (seen on frontends 1.40–1.58 with server 0.33). `credits_*` are not
 * ComfyUI's events, but what its server answered to a request: src/host/queue-watch.ts, and
 * scripts/recording.ts, which reads it from a recording.
 */
export function parseRunEvent({ type, detail, at }: RawRunEvent): RunEvent | null {
  return readers.get(type)?.(detail, at) ?? null
}

type Reader = (detail: unknown, at: number) => RunEvent | null

/** A Map: a type may be named as anything, `constructor` too. */
const readers = new Map<string, Reader>([
  [
    'promptQueueing',
    reader(asked, ({ requestId, batchCount }) => ({ kind: 'asked', requestId, batch: batchCount })),
  ],
  ['promptQueued', reader(answered, ({ requestId }) => ({ kind: 'answered', requestId }))],
  [
    'credits_sent',
    reader(sent, ({ send, source, batch }) => ({ kind: 'sent', send, source, batch })),
  ],
  [
    'credits_accepted',
    reader(accepted, (answer) => ({
      kind: 'accepted',
      promptId: answer.prompt_id,
      send: answer.send,
      number: answer.number,
      workflowHash: workflowHash(answer.output),
      source: answer.source,
    })),
  ],
  [
    'credits_refused',
    reader(refused, ({ send, code, mayCost }, at) => ({
      kind: 'refused',
      send,
      code,
      mayCost: mayCost ?? true,
      at,
    })),
  ],
  ['credits_answered_all', () => ({ kind: 'answered-all' })],
  ['execution_start', reader(prompt, ofPrompt('started'))],
  ['execution_success', reader(prompt, ofPrompt('succeeded'))],
  ['execution_interrupted', reader(prompt, ofPrompt('interrupted'))],
  ['executing', readExecuting],
  [
    'progress_text',
    reader(progressText, ({ nodeId: node, text, prompt_id }, at) => ({
      kind: 'text',
      promptId: prompt_id,
      nodeId: node,
      text,
      at,
    })),
  ],
  ['progress_state', reader(progressState, readNodes)],
  ['executed', reader(executed, readOutput)],
  [
    'execution_error',
    reader(executionError, (error, at) => ({
      kind: 'failed',
      promptId: error.prompt_id,
      nodeId: error.node_id,
      nodeType: error.node_type,
      exceptionType: error.exception_type ?? '',
      message: error.exception_message ?? '',
      at,
    })),
  ],
  ['status', readStatus],
  ['reconnecting', () => ({ kind: 'disconnected' })],
])

function reader<T>(
  schema: z.ZodMiniType<T>,
  read: (value: T, at: number) => RunEvent | null,
): Reader {
  return (detail, at) => {
    const parsed = schema.safeParse(detail)
    return parsed.success ? read(parsed.data, at) : null
  }
}

function ofPrompt(kind: 'started' | 'succeeded' | 'interrupted') {
  return ({ prompt_id }: { prompt_id: string }, at: number): RunEvent => ({
    kind,
    promptId: prompt_id,
    at,
  })
}

function readExecuting(detail: unknown, at: number): RunEvent | null {
  if (nothingExecuting.safeParse(detail).success) return { kind: 'idle', at }
  const parsed = executing.safeParse(detail)
  return parsed.success ? { kind: 'executing', nodeId: parsed.data, at } : null
}

function readNodes(
  { prompt_id, nodes }: z.infer<typeof progressState>,
  at: number,
): RunEvent | null {
  const running: string[] = []
  const finished: string[] = []
  for (const [node, progress] of Object.entries(nodes)) {
    if (node.length > MAX_ID) continue
    const state: unknown = isObject(progress) && Reflect.get(progress, 'state')
    if (state === 'running') running.push(node)
    else if (state === 'finished') finished.push(node)
  }
  return { kind: 'nodes', promptId: prompt_id, running, finished, at }
}

/** Most nodes put out no file, and then there is nothing to know. */
function readOutput({ prompt_id, output }: z.infer<typeof executed>): RunEvent | null {
  const file = firstOutput(output)
  return file && { kind: 'output', promptId: prompt_id, file }
}

/** ComfyUI reports a lost connection as a status of null. */
function readStatus(detail: unknown, at: number): RunEvent | null {
  if (detail === null) return { kind: 'disconnected' }
  const parsed = status.safeParse(detail)
  const empty = parsed.success && parsed.data.exec_info.queue_remaining === 0
  return empty ? { kind: 'queue-empty', at } : null
}
