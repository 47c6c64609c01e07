import { calmAutoQueue } from './auto-queue.ts'
import type { ComfyApp } from './comfy-types.ts'
import { openGraphMayCost } from './graph.ts'
import { member } from './member.ts'
import { removeOwnFrames } from './own-frames.ts'
import type { RunJudge, RunRequest, RunVerdict } from './port.ts'
import { report } from './report.ts'

type Callable = (this: unknown, ...given: unknown[]) => unknown

/** Nobody waits longer for us; a person who is asked may take their time. */
const JUDGED_WITHIN_MS = 100

/** Asks a judge before `app.queuePrompt` queues anything that may cost. */
export class RunGate {
  #judge: RunJudge | null = null
  #restore: (() => boolean) | null = null

  constructor(private readonly app: ComfyApp) {}

  /** False where the host has no such function, or does not let us in. */
  start(judge: RunJudge): boolean {
    this.#judge = judge
    if (this.#restore !== null) return true
    try {
      return this.#wrap()
    } catch (error) {
      report('Runs cannot be checked before they start.', error)
      return false
    }
  }

  /** If somebody has wrapped ours since, ours stays and only passes calls on. */
  stop(): void {
    this.#judge = null
    if (this.#restore?.()) this.#restore = null
  }

  #wrap(): boolean {
    const { app } = this
    const original: unknown = app.queuePrompt
    if (typeof original !== 'function') return false
    const isOwn = Object.hasOwn(app, 'queuePrompt')
    const gated = (call: () => unknown, given: readonly unknown[]): unknown =>
      this.#gate(call, given)
    function queuePrompt(this: unknown, ...given: unknown[]): unknown {
      return gated(() => Reflect.apply(original as Callable, this, given), given)
    }
    if (!Reflect.set(app, 'queuePrompt', queuePrompt)) return false
    this.#restore = () => {
      if (app.queuePrompt !== queuePrompt) return false
      return isOwn
        ? Reflect.set(app, 'queuePrompt', original)
        : Reflect.deleteProperty(app, 'queuePrompt')
    }
    return true
  }

  /** What costs nothing goes on in the same moment, with the host's own promise. */
  #gate(call: () => unknown, given: readonly unknown[]): unknown {
    const judge = this.#judge
    if (judge === null || !openGraphMayCost(this.app)) return call()
    return this.#judged(judge, call, requestOf(given))
  }

  async #judged(judge: RunJudge, call: () => unknown, request: RunRequest): Promise<unknown> {
    if (!(await isAllowed(judge, request))) {
      calmAutoQueue(this.app, request.source)
      return false
    }
    try {
      return await call()
    } catch (error) {
      removeOwnFrames(error)
      throw error
    }
  }
}

/** True where our own code fails: it must not be what stops a run. */
async function isAllowed(judge: RunJudge, request: RunRequest): Promise<boolean> {
  try {
    const verdict = await verdictInTime(judge, request)
    return verdict === 'go' || (await verdict())
  } catch (error) {
    report('A run was not checked before it started.', error)
    return true
  }
}

async function verdictInTime(judge: RunJudge, request: RunRequest): Promise<RunVerdict> {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), JUDGED_WITHIN_MS)
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

/** The third argument is of 1.50 and later; before, it was a list of nodes, as it may be still. */
function requestOf([, batch, third]: readonly unknown[]): RunRequest {
  const nodes = Array.isArray(third) ? third : member(third, 'queueNodeIds')
  const source = member(member(third, 'intent'), 'trigger_source')
  return {
    batchCount: typeof batch === 'number' && batch >= 1 ? Math.trunc(batch) : 1,
    isPartial: Array.isArray(nodes) && nodes.length > 0,
    source: typeof source === 'string' ? source : null,
  }
}
