import { parentPort } from 'node:worker_threads'
import { ServiceError } from '../errors.ts'
import type { ArrivedJson } from '../http/parse-json.ts'
import { readAnswer, readCall, type ReadAnswer, type ReadCall } from './call-tasks.ts'

/** The inside of a worker thread of `CallReader`. Any other error ends it, and fails its task. */

export type CallTask =
  | { readonly kind: 'call'; readonly path: string; readonly json: ArrivedJson }
  | { readonly kind: 'answer'; readonly bytes: Uint8Array<ArrayBuffer> }

export type CallReply =
  | { readonly kind: 'call'; readonly read: ReadCall }
  | { readonly kind: 'answer'; readonly read: ReadAnswer | null }
  | { readonly kind: 'refusal'; readonly code: ServiceError['code']; readonly message: string }

const port = parentPort
if (!port) throw new Error('This is the inside of a worker.')

port.on('message', (task: CallTask) => {
  const reply = replyTo(task)
  const body = 'read' in reply ? reply.read?.body : undefined
  port.postMessage(reply, body === undefined ? [] : [body.buffer])
})

function replyTo(task: CallTask): CallReply {
  if (task.kind === 'answer') return { kind: 'answer', read: readAnswer(task.bytes) }
  try {
    return { kind: 'call', read: readCall(task.path, task.json) }
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    return { kind: 'refusal', code: error.code, message: error.message }
  }
}
