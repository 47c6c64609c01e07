import * as z from 'zod'
import { readJsonAs } from './json-file.ts'

/** The events of a ComfyUI page during runs: a parsed file of `npm run replay`. */
export interface Recording {
  /** In order of arrival, with the server's response to each request in between. */
  readonly events: readonly RecordedEvent[]
  /** US cents, possibly fractional; null where the balance was not read at both ends. */
  readonly balance: { readonly beforeCents: number; readonly afterCents: number } | null
  readonly nodeType: (nodeId: string) => string | null
  /** How many entries of the list of events are none; they are left out. */
  readonly unread: number
}

/** `t` is in milliseconds; only differences between them mean anything. */
interface RecordedEvent {
  readonly t: number
  readonly type: string
  readonly detail: unknown
}

/** Why JSON is not a recording. `code` is permanent. */
class RecordingError extends Error {
  override readonly name = 'RecordingError'
  readonly code = 'not-a-recording'
}

/** Beyond it sums are not exact any more, and no account holds a thousandth of that. */
const MAX_CENTS = 1e10
const cents = z.number().min(-MAX_CENTS).max(MAX_CENTS).nullish()

/** No page is open for longer than some months. A time that is none counts as absent. */
const MAX_TIME_MS = 1e13
const time = z.number().min(-MAX_TIME_MS).max(MAX_TIME_MS).nullish().catch(null)

const eventSchema = z.looseObject({ t: time, type: z.string(), detail: z.unknown().optional() })

/** Requires only what is used: unknown fields and event types pass. */
const recordingSchema = z.looseObject({
  prompt: z.unknown().optional(),
  balance_cents: z.looseObject({ before: cents, after: cents }).nullish(),
  events: z.array(z.unknown()),
  queue: z.array(z.unknown()).nullish(),
})

/** Reads a file, or throws for `reportFileError`. */
export function readRecording(path: string): Recording {
  return readJsonAs(path, parseRecording, RecordingError)
}

/** Throws a RecordingError. */
export function parseRecording(json: unknown): Recording {
  const parsed = recordingSchema.safeParse(json)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const where = issue && issue.path.length > 0 ? `at ${issue.path.join('.')}: ` : ''
    throw new RecordingError(
      `It is JSON, but not a recording of events. ${where}${issue?.message ?? ''}`,
    )
  }
  const { prompt, balance_cents, events, queue } = parsed.data
  const { before, after } = balance_cents ?? {}
  const received = eventsIn(events)
  if (received.length === 0 && events.length > 0) {
    throw new RecordingError('It is JSON, but nothing in its list of events is one.')
  }
  return {
    events: merge(received, responsesIn(queue ?? [])),
    unread: events.length - received.length,
    balance:
      typeof before === 'number' && typeof after === 'number'
        ? { beforeCents: before, afterCents: after }
        : null,
    nodeType: (nodeId) => nodeTypeIn(prompt, nodeId),
  }
}

/** Without the entries that are no events: one that was damaged hides no other. */
function eventsIn(entries: readonly unknown[]): RecordedEvent[] {
  let last = 0
  return entries.flatMap((entry): RecordedEvent[] => {
    const parsed = eventSchema.safeParse(entry)
    if (!parsed.success) return []
    const { t, type, detail } = parsed.data
    last = t ?? last
    // An empty detail is null, which a recorder may leave out.
    return [{ t: last, type, detail: detail ?? null }]
  })
}

const appCallSchema = z.looseObject({
  where: z.literal('app.queuePrompt'),
  args: z.array(z.unknown()),
})
const sourceSchema = z.looseObject({
  intent: z.looseObject({ trigger_source: z.string() }),
})
const apiCallSchema = z.looseObject({
  where: z.literal('api.queuePrompt'),
  t: time,
  result: z
    .looseObject({ prompt_id: z.string(), number: z.number().nullish().catch(null) })
    .nullish()
    .catch(null),
  error: z.unknown().optional(),
})
const refusalSchema = z.looseObject({
  response: z.looseObject({ error: z.looseObject({ type: z.string() }) }),
})

/** The server's responses, as the events that our host adapter makes of them. */
function responsesIn(queue: readonly unknown[]): RecordedEvent[] {
  let source: string | null = null
  return queue.flatMap((entry) => {
    const pressed = appCallSchema.safeParse(entry)
    if (pressed.success) {
      source = sourceSchema.safeParse(pressed.data.args[2]).data?.intent.trigger_source ?? null
      return []
    }
    const call = apiCallSchema.safeParse(entry)
    if (!call.success) return []
    const { result, error } = call.data
    const t = call.data.t ?? 0
    if (result) return { t, type: 'credits_accepted', detail: { ...result, source } }
    const code = refusalSchema.safeParse(error).data?.response.error.type ?? null
    return error === undefined ? [] : { t, type: 'credits_refused', detail: { code } }
  })
}

/** Events stay in order, whatever their times: a page that reloads starts its clock again. */
function merge(
  events: readonly RecordedEvent[],
  responses: readonly RecordedEvent[],
): RecordedEvent[] {
  const waiting = [...responses]
  const merged = events.flatMap((event) => {
    const first = waiting.findIndex(({ t }) => t > event.t)
    const due = waiting.splice(0, first === -1 ? waiting.length : first)
    return [...due, event]
  })
  return [...merged, ...waiting]
}

/** A prompt maps ids to nodes; several prompts may come as a list, or by name. */
function nodeTypeIn(prompt: unknown, nodeId: string, depth = 0): string | null {
  if (typeof prompt !== 'object' || prompt === null || depth > 1) return null
  const node: unknown = Object.getOwnPropertyDescriptor(prompt, nodeId)?.value
  if (typeof node === 'object' && node !== null) {
    const type: unknown = Reflect.get(node, 'class_type')
    if (typeof type === 'string') return type
  }
  for (const inner of Object.values(prompt)) {
    const type = nodeTypeIn(inner, nodeId, depth + 1)
    if (type !== null) return type
  }
  return null
}
