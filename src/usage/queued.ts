import type { RunEvent } from './events.ts'
import type { Origin } from './run.ts'

/**
 * What was queued and has not started. A request (one press of Run) becomes a prompt for each run
 * of its batch; the server's answer may come before the run, during it, or after its end.
 */
export interface Queued {
  readonly requests: readonly Request[]
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

export const nothingQueued: Queued = { requests: [], accepted: [] }

/** More than anybody queues by hand; pending runs that were deleted send no event and stay here. */
const MAX_REQUESTS = 50
const MAX_ACCEPTED = 500
const MAX_BATCH = 1000

type Of<K extends RunEvent['kind']> = Extract<RunEvent, { kind: K }>

export function ask(queued: Queued, { requestId, batch }: Of<'asked'>, now: Now): Queued {
  const size = Math.min(Math.max(1, Math.trunc(batch)), MAX_BATCH)
  const request = { id: requestId, origin: originOf(now, size), left: size, done: false }
  const others = queued.requests.filter(({ id }) => id !== requestId)
  return { ...queued, requests: [...others, request].slice(-MAX_REQUESTS) }
}

export function requestDone(queued: Queued, { requestId }: Of<'answered'>): Queued {
  return {
    ...queued,
    requests: queued.requests.map((request) =>
      request.id === requestId ? { ...request, done: true } : request,
    ),
  }
}

/** The server took a prompt: the oldest request without its answers is the one it was of. */
export function accept(queued: Queued, event: Of<'accepted'>, now: Now): [Queued, Accepted] {
  const known = queued.accepted.find(({ promptId }) => promptId === event.promptId)
  if (known) return [queued, known]
  const [origin, requests] = answer(queued.requests, now)
  const accepted: Accepted = {
    promptId: event.promptId,
    number: event.number,
    origin: { ...origin, workflowHash: event.workflowHash, source: event.source },
  }
  return [{ requests, accepted: [...queued.accepted, accepted].slice(-MAX_ACCEPTED) }, accepted]
}

/** The server took a prompt not; the rest of its batch is not sent. */
export function refuse(queued: Queued, now: Now): [Queued, Origin] {
  const [origin] = answer(queued.requests, now)
  const open = queued.requests.find(({ left }) => left > 0)
  return [{ ...queued, requests: queued.requests.filter((request) => request !== open) }, origin]
}

/** Where a run that starts came from; without its answer, as the oldest request not yet done. */
export function start(queued: Queued, promptId: string, now: Now): [Queued, Accepted] {
  const accepted = queued.accepted.find((candidate) => candidate.promptId === promptId)
  if (accepted) return [forget(queued, promptId), accepted]
  const open = queued.requests.find(({ left }) => left > 0)
  return [queued, { promptId, number: null, origin: open?.origin ?? originOf(now, 1) }]
}

export function forget(queued: Queued, promptId: string): Queued {
  return { ...queued, accepted: queued.accepted.filter((other) => other.promptId !== promptId) }
}

/** The server has said all it will say: what was asked and has no answer was never sent. */
export function allAnswered(queued: Queued): Queued {
  return queued.requests.length === 0 ? queued : { ...queued, requests: [] }
}

/** Nothing waits at the server: what was asked before and is done will not come any more. */
export function emptied(queued: Queued): Queued {
  const requests = queued.requests.filter(({ done }) => !done)
  return requests.length === queued.requests.length ? queued : { ...queued, requests }
}

function answer(requests: readonly Request[], now: Now): [Origin, readonly Request[]] {
  const open = requests.find(({ left }) => left > 0)
  if (!open) return [originOf(now, 1), requests]
  const rest = requests.flatMap((request) => {
    if (request !== open) return request
    return open.left > 1 ? { ...open, left: open.left - 1 } : []
  })
  return [open.origin, rest]
}

function originOf({ purse, workflow }: Now, batch: number): Origin {
  return { purse, workflow, workflowHash: null, source: null, batch }
}
