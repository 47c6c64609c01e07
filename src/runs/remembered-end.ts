import * as z from 'zod/mini'
import { firstOutput, lastingOutput, type OutputFile } from './output-file.ts'
import { parseRunEvent, type RunEvent } from './run-event.ts'

/** How a run ended, as ComfyUI's server remembers it. */
export interface RememberedEnd {
  readonly event:
    | Extract<RunEvent, { kind: 'failed' | 'interrupted' }>
    | { readonly kind: 'succeeded' }
  /** Null where it does not say. */
  readonly tookMs: number | null
  /** The first file it put out. */
  readonly output: OutputFile | null
}

const historySchema = z.looseObject({
  status: z.looseObject({ status_str: z.string(), messages: z.optional(z.array(z.unknown())) }),
  outputs: z.optional(z.unknown()),
})
const messageSchema = z.pipe(
  z.tuple([z.string(), z.looseObject({ timestamp: z.number() })]),
  z.transform(([type, detail]) => ({ type, detail, at: detail.timestamp })),
)

/**
 * Of an entry of `/history/{prompt_id}`: its messages are the events that the run's tab would have
 * received, in the server's time, of which only the run's length is used. Null for what says no end.
 */
export function readRememberedEnd(entry: unknown): RememberedEnd | null {
  const parsed = historySchema.safeParse(entry)
  if (!parsed.success) return null
  const { status_str, messages = [] } = parsed.data.status
  const output = outputOf(parsed.data.outputs)
  const events = messages.flatMap((message) => messageSchema.safeParse(message).data ?? [])
  const length = (events.at(-1)?.at ?? NaN) - (events[0]?.at ?? NaN)
  const tookMs = length >= 0 ? length : null
  if (status_str === 'success') return { event: { kind: 'succeeded' }, tookMs, output }
  const event = events
    .flatMap((message) => parseRunEvent(message) ?? [])
    .findLast(({ kind }) => kind === 'failed' || kind === 'interrupted')
  return event?.kind === 'failed' || event?.kind === 'interrupted'
    ? { event, tookMs, output }
    : null
}

/** A workflow has no more nodes than this whose files are worth a look. */
const MAX_NODES = 100

/** By node, each as its `executed` event had it. */
function outputOf(outputs: unknown): OutputFile | null {
  if (typeof outputs !== 'object' || outputs === null) return null
  return Object.values(outputs).slice(0, MAX_NODES).map(firstOutput).reduce(lastingOutput, null)
}
