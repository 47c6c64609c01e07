import { clip } from '../runs/clip.ts'
import type { Call, Run } from '../runs/run.ts'
import type { Verdict } from '../reconciliation/verdict.ts'

/** Far above what a workflow has, and still little to read: the largest have some hundred API nodes. */
export const MAX_CALLS = 1000
/** As many as a recorded call has (src/runs/call.ts). */
export const MAX_ANSWERS = 200
export const MAX_EVENT_IDS = 2000
export const MAX_SPANS = 100
export const MAX_OWNERS = 20
/** More names than anybody reads in a row, or pays for in a run. */
export const MAX_NAMES = 50

/** Cuts runs and verdicts to what is stored of one, and counts what that leaves out. */
export class Bounds {
  /** API calls that were left out. */
  calls = 0
  /** Texts that were shortened. */
  texts = 0

  run(run: Run): Run {
    return {
      ...run,
      workflow: this.text(run.workflow),
      workflowHash: this.text(run.workflowHash),
      source: this.text(run.source),
      denial: run.denial && {
        ...run.denial,
        owners: run.denial.owners.slice(0, MAX_OWNERS).map((name) => this.text(name)),
      },
      settings:
        run.settings && Object.fromEntries(Object.entries(run.settings).slice(0, MAX_CALLS)),
      calls: this.#callsOf(run.calls).map((call) => this.#call(call)),
    }
  }

  verdict(verdict: Verdict): Verdict {
    const { evidence, calls, who } = verdict
    const names = (all: readonly string[]): string[] =>
      all.slice(0, MAX_NAMES).map((name) => this.text(name))
    return {
      ...verdict,
      who: who && { members: names(who.members), apiKeys: names(who.apiKeys) },
      evidence: {
        ...evidence,
        eventIds: evidence.eventIds.slice(0, MAX_EVENT_IDS),
        spans: evidence.spans.slice(0, MAX_SPANS),
      },
      // Their run has as many, and these were counted there.
      calls: calls.slice(0, MAX_CALLS).map((call) => ({
        ...call,
        nodeId: clip(call.nodeId),
        measures: call.measures && { ...call.measures, model: this.text(call.measures.model) },
      })),
    }
  }

  text<T extends string | null>(text: T): T | string {
    const short = clip(text)
    if (short !== text) this.texts += 1
    return short
  }

  #callsOf(calls: readonly Call[]): readonly Call[] {
    this.calls += Math.max(0, calls.length - MAX_CALLS)
    return calls.slice(0, MAX_CALLS)
  }

  #call(call: Call): Call {
    return {
      ...call,
      nodeId: this.text(call.nodeId),
      title: this.text(call.title),
      nodeType: this.text(call.nodeType),
      answers: call.answers.slice(0, MAX_ANSWERS),
    }
  }
}
