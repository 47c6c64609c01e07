import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

/** Recordings of real ComfyUI runs lie beside the repository; they are not part of it. */
const FOLDER = fileURLToPath(new URL('../../../../../shared/data/recordings/', import.meta.url))

export const recordingsAreThere = existsSync(FOLDER)

const recordingSchema = z.object({
  events: z.array(z.object({ type: z.string(), detail: z.unknown() })),
})

export type Happening = readonly [type: string, detail: unknown]

export function readRecording(name: string): Happening[] {
  const text = readFileSync(`${FOLDER}${name}.json`, 'utf8')
  return recordingSchema
    .parse(JSON.parse(text))
    .events.map((event): Happening => [event.type, event.detail])
}

const statusSchema = z.object({ exec_info: z.object({ queue_remaining: z.number() }) })
const textSchema = z.object({ nodeId: z.string(), text: z.string() })
const stateSchema = z.object({
  nodes: z.record(z.string(), z.object({ state: z.string() })),
})
const endSchema = z.object({
  node_id: z.string().optional(),
  executed: z.array(z.string()).optional(),
  exception_type: z.string().optional(),
  exception_message: z.string().optional(),
})

/**
 * One line for each happening, with what differs from run to run taken out: ids of runs, times, the
 * values of progress, and how often a job was polled. The partner's last word is "Ready" in the
 * recordings and "Succeeded" in the sandbox.
 */
export function normalForm(happenings: readonly Happening[]): string[] {
  const lines: string[] = []
  let states = ''
  for (const [type, detail] of happenings) {
    const line = lineFor(type, detail)
    if (line === null) continue
    const isProgress = type === 'progress' || (type === 'progress_state' && line === states)
    if (type === 'progress_state') states = line
    const isPoll = isProgress || line.includes('Status: Queued')
    const repeatsPoll = isPoll && lines.at(-1) === 'progress'
    if (!repeatsPoll) lines.push(isProgress ? 'progress' : line)
  }
  return lines
}

function lineFor(type: string, detail: unknown): string | null {
  switch (type) {
    // The frontend's own events.
    case 'promptQueueing':
    case 'promptQueued':
      return null
    case 'status':
      return `status ${statusSchema.parse(detail).exec_info.queue_remaining}`
    case 'executing':
      return `executing ${String(detail)}`
    case 'executed':
      return `executed ${z.object({ node: z.string() }).parse(detail).node}`
    case 'execution_cached':
      return `cached ${z
        .object({ nodes: z.array(z.string()) })
        .parse(detail)
        .nodes.join()}`
    case 'progress_state': {
      const { nodes } = stateSchema.parse(detail)
      return `state ${Object.entries(nodes).map(([id, node]) => `${id}:${node.state}`)}`
    }
    case 'progress_text':
      return textLine(detail)
    case 'execution_error':
    case 'execution_interrupted': {
      const end = endSchema.parse(detail)
      return [type, end.node_id, end.executed, end.exception_type, end.exception_message].join(
        ' | ',
      )
    }
    default:
      return type
  }
}

/** Null for the word that is only ever repeated while a job is polled. */
function textLine(detail: unknown): string | null {
  const { nodeId, text } = textSchema.parse(detail)
  const [status = '', ...rest] = text.split('\n')
  const price = rest.find((line) => line.startsWith('Price:')) ?? 'no price'
  return status === 'Status: Pending'
    ? null
    : `text ${nodeId} ${status.replace('Ready', 'Succeeded')} ${price}`
}

/** Consecutive equal lines as one: how often a call was tried. */
export function withoutRepeats(lines: readonly string[]): string[] {
  return lines.filter((line, index) => line !== lines[index - 1])
}
