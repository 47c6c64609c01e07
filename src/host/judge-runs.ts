import type { ComfyApp } from './comfy-types.ts'
import type { RunJudge, Unsubscribe } from './port.ts'
import { report } from './report.ts'
import type { RunGate } from './run-gate.ts'

/** One of a host: whoever wrapped ours since has the one that is there. */
const gates = new WeakMap<ComfyApp, RunGate>()

/** The gate is loaded with its judge: a start of ComfyUI does not wait for it. */
export function judgeRuns(app: ComfyApp, judge: RunJudge): Unsubscribe {
  let isOver = false
  let gate: RunGate | null = null
  const begin = async (): Promise<void> => {
    const { RunGate: Gate } = await import('./run-gate.ts')
    if (isOver) return
    gate = gates.get(app) ?? new Gate(app)
    gates.set(app, gate)
    gate.start(judge)
  }
  begin().catch((error: unknown) => report('Runs cannot be checked before they start.', error))
  return () => {
    isOver = true
    gate?.stop()
  }
}
