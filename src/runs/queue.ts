import { clip } from './clip.ts'
import type { RunEvent } from './run-event.ts'
import type { Origin } from './run.ts'

/**
 * What was queued and has not started. A request (one press of Run) becomes a prompt for each run
 * of its batch; the server's answer may come before the run, during it, or after its end. Where the
 * host shows each prompt as it is sent, that says where the run comes from; else its request does.
 */
export interface Queued {
  readonly requests: readonly Request[]
  readonly sent: readonly Sent[]
  readonly accepted: readonly Accepted[]
}

interface Request {
  readonly id: number
  readonly origin: Origin
  /** Runs of it that the server has not answered for. */
  readonly left: number
  /** The host has said that it is done with the request. */
  readonly done: boolean
}

/** A prompt on its way to the server. */
interface Sent {
  readonly send: number
  readonly origin: Origin
}

export interface Accepted {
  readonly promptId: string
  readonly number: number | null
  readonly origin: Origin
}

/** What the host knows at the moment of queueing. */
export interface Now {
  readonly purse: string | null
  readonly workflow: string | null
}

export const nothingQueued: Queued = { requests: [], sent: [], accepted: [] }

/** More than anybody queues by hand; pending runs that were deleted send no event and stay here. */
const MAX_REQUESTS = 50
const MAX_ACCEPTED = 500
const MAX_BATCH = 1000

type Of<K extends RunEvent['kind']> = Extract<RunEvent, { kind: K }>

export function ask(queued: Queued, { requestId, batch }: Of<'asked'>, now: Now): Queued {
  const size = sizeOf(batch)
  const request = { id: requestId, origin: originOf(now, size), left: size, done: false }
  const others = queued.requests.filter(({ id }) => id !== requestId)
  return { ...queued, requests: [...others, request].slice(-MAX_REQUESTS) }
}

/** What pays and which workflow is open now is what the run is made of. */
export function send(queued: Queued, event: Of<'sent'>, now: Now): Queued {
  const origin = { ...originOf(now, sizeOf(event.batch)), source: event.source }
  const sent = { send: event.send, origin }
  return { ...queued, sent: [...queued.sent, sent].slice(-MAX_REQUESTS) }
}

export function requestDone(queued: Queued, { requestId }: Of<'answered'>): Queued {
  return {
    ...queued,
    requests: queued.requests.map((request) =>
      request.id === requestId ? { ...request, done: true } : request,
    ),
  }
}

/** The server took a prompt: as it was sent, or of the oldest request without its answers. */
export function accept(queued: Queued, event: Of<'accepted'>, now: Now): [Queued, Accepted] {
  const known = queued.accepted.find(({ promptId }) => promptId === event.promptId)
  if (known) return [queued, known]
  const [left, origin] = answer(queued, event.send, now)
  const source = origin.source ?? event.source
  const accepted: Accepted = {
    promptId: event.promptId,
    number: event.number,
    origin: { ...origin, workflowHash: event.workflowHash, source },
  }
  return [{ ...left, accepted: [...left.accepted, accepted].slice(-MAX_ACCEPTED) }, accepted]
}

/** The server took a prompt not; the rest of its batch is not sent. */
export function refuse(queued: Queued, event: Of<'refused'>, now: Now): [Queued, Origin] {
  const [left, origin] = answer(queued, event.send, now)
  const open = queued.requests.find((request) => request.left > 0)
  const requests = queued.requests.filter((request) => request !== open)
  return [{ ...left, requests }, origin]
}

/** Where a run that starts came from; without its answer, what was sent or asked and has none. */
export function start(queued: Queued, promptId: string, now: Now): [Queued, Accepted] {
  const accepted = queued.accepted.find((candidate) => candidate.promptId === promptId)
  if (accepted) return [forget(queued, promptId), accepted]
  const open = queued.sent[0] ?? queued.requests.find(({ left }) => left > 0)
  return [queued, { promptId, number: null, origin: open?.origin ?? originOf(now, 1) }]
}

export function forget(queued: Queued, promptId: string): Queued {
  return { ...queued, accepted: queued.accepted.filter((other) => other.promptId !== promptId) }
}

/** The server has said all it will say: what was asked and has no answer was never sent. */
export function allAnswered(queued: Queued): Queued {
  const none = queued.requests.length === 0 && queued.sent.length === 0
  return none ? queued : { ...queued, requests: [], sent: [] }
}

/** Nothing waits at the server: what was asked before and is done will not come any more. */
export function emptied(queued: Queued): Queued {
  const requests = queued.requests.filter(({ done }) => !done)
  return requests.length === queued.requests.length ? queued : { ...queued, requests }
}

/** Takes an answer away from what waits for it, and says where that came from. */
function answer(queued: Queued, id: number | null, now: Now): [Queued, Origin] {
  const known = queued.sent.find((sent) => sent.send === id)
  const open = queued.requests.find(({ left }) => left > 0)
  const requests = queued.requests.flatMap((request) => {
    if (request !== open) return request
    return request.left > 1 ? { ...request, left: request.left - 1 } : []
  })
  const sent = known ? queued.sent.filter((other) => other !== known) : queued.sent
  return [{ ...queued, requests, sent }, known?.origin ?? open?.origin ?? originOf(now, 1)]
}

function sizeOf(batch: number): number {
  return Math.min(Math.max(1, Math.trunc(batch)), MAX_BATCH)
}

function originOf({ purse, workflow }: Now, batch: number): Origin {
  return { purse, workflow: clip(workflow), workflowHash: null, source: null, batch }
}
