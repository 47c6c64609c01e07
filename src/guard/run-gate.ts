import type { RunGate } from '../host/port.ts'
import { asRecord } from '../estimate/json.ts'

/** One press of Run, be it by a person, the host's auto-queue or another extension. */
export interface RunRequest {
  /** How many runs it queues. */
  readonly batchCount: number
  /** Only some of the nodes are run, with what they need. */
  readonly isPartial: boolean
  /** Who pressed, in the host's word; null where its version does not say. */
  readonly source: string | null
}

/** `go`, or a question to the person that resolves to whether the run goes on. */
export type RunVerdict = 'go' | (() => Promise<boolean>)

/** `late` is aborted when the run has waited long enough, and has gone on. */
export type RunJudge = (request: RunRequest, late: AbortSignal) => Promise<RunVerdict>

/**
 * Nobody waits longer for us; a person who is asked may take their time. A page that something else
 * held up meanwhile first does what it has to do: the verdict may be among it.
 */
export const JUDGED_WITHIN_MS = 100

/**
 * Lets a run go on once it is judged, or where our own code fails or is slow: it must not be what
 * stops a run. `vetoed` is called for one that does not.
 */
export function runGate(judge: RunJudge, vetoed: (source: string | null) => void): RunGate {
  return async (call, given) => {
    const request = requestOf(given)
    if (await isAllowed(judge, request)) return call()
    vetoed(request.source)
    return false
  }
}

async function isAllowed(judge: RunJudge, request: RunRequest): Promise<boolean> {
  try {
    const verdict = await verdictInTime(judge, request)
    return verdict === 'go' || (await verdict())
  } catch (error) {
    reportError(error)
    return true
  }
}

async function verdictInTime(judge: RunJudge, request: RunRequest): Promise<RunVerdict> {
  const late = new AbortController()
  let timer = setTimeout(() => {
    timer = setTimeout(() => late.abort())
  }, JUDGED_WITHIN_MS)
  try {
    return await Promise.race([judge(request, late.signal), goWhen(late.signal)])
  } finally {
    clearTimeout(timer)
  }
}

function goWhen(signal: AbortSignal): Promise<'go'> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve('go'), { once: true })
  })
}

/**
 * Of the arguments of `app.queuePrompt`. The third is of 1.50 and later; before, it was a list of
 * nodes, as it may be still.
 */
function requestOf([, batch, third]: readonly unknown[]): RunRequest {
  const { queueNodeIds, intent } = asRecord(third)
  const nodes = Array.isArray(third) ? third : queueNodeIds
  const { trigger_source: source } = asRecord(intent)
  return {
    batchCount: typeof batch === 'number' && batch >= 1 ? Math.trunc(batch) : 1,
    isPartial: Array.isArray(nodes) && nodes.length > 0,
    source: typeof source === 'string' ? source : null,
  }
}
