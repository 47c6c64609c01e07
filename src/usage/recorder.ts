import type { RunEvent } from './events.ts'
import type { Call, Run, RunOutcome } from './run.ts'

/** Where the recorder learns what only the open graph knows, at the moment a thing begins. */
export interface GraphFacts {
  readonly workflow: string | null
  readonly node: (nodeId: string) => { readonly type: string; readonly title: string } | null
}

export interface RecorderState {
  /** Newest first. */
  readonly runs: readonly Run[]
  /** The run that is executing now, and which of its nodes have begun. */
  readonly open: { readonly promptId: string; readonly begun: ReadonlySet<string> } | null
  readonly disconnected: boolean
}

export const emptyRecorder: RecorderState = { runs: [], open: null, disconnected: false }

/** A page that stays open for weeks must not grow without bound. */
const MAX_RUNS = 500

const API_NODE_TEXT = /^Status: /
const PRICE_LINE = /^Price: ([\d,]+(?:\.\d+)?) credits$/m
const CANCELLED_BY_USER = /ProcessingInterrupted$/

/**
 * Host events to runs. `progress_text` carries no prompt_id and reaches every tab, so a text
 * counts only inside an own run, and only for a node which that run has begun.
 */
export function record(state: RecorderState, event: RunEvent, graph: GraphFacts): RecorderState {
  switch (event.kind) {
    case 'started':
      return started(state, event, graph)
    case 'executing':
      if (!state.open) return state
      return {
        ...state,
        open: { ...state.open, begun: new Set(state.open.begun).add(event.nodeId) },
      }
    case 'text':
      return text(state, event, graph)
    case 'finished-nodes':
      return finishedNodes(state, event)
    case 'succeeded':
      return succeeded(state, event)
    case 'failed':
      return failed(state, event)
    case 'interrupted':
      return ended(state, event.promptId, event.at, 'interrupted')
    case 'disconnected':
      return { ...state, disconnected: true }
    case 'queue-empty':
      return queueEmpty(state, event.at)
  }
}

type Of<K extends RunEvent['kind']> = Extract<RunEvent, { kind: K }>

function started(state: RecorderState, event: Of<'started'>, graph: GraphFacts): RecorderState {
  const before = loseOpenRun(state, event.at)
  const run: Run = {
    promptId: event.promptId,
    workflow: graph.workflow,
    startedAt: event.at,
    endedAt: null,
    outcome: 'running',
    reason: null,
    calls: [],
    announcedCredits: null,
  }
  return {
    ...before,
    runs: [run, ...before.runs.filter((old) => old.promptId !== event.promptId)].slice(0, MAX_RUNS),
    open: { promptId: event.promptId, begun: new Set() },
    disconnected: false,
  }
}

function text(state: RecorderState, event: Of<'text'>, graph: GraphFacts): RecorderState {
  if (!state.open?.begun.has(event.nodeId) || !API_NODE_TEXT.test(event.text)) return state
  const price = PRICE_LINE.exec(event.text)?.[1]
  return updateRun(state, state.open.promptId, (run) => {
    const known = run.calls.find((call) => call.nodeId === event.nodeId)
    const call = known ?? newCall(event.nodeId, graph)
    const told = price === undefined ? call.announcedCredits : Number(price.replaceAll(',', ''))
    const updated = { ...call, announcedCredits: told }
    if (!known) return withCalls(run, [...run.calls, updated])
    if (known.announcedCredits === told) return run
    return withCalls(
      run,
      run.calls.map((other) => (other === known ? updated : other)),
    )
  })
}

function newCall(nodeId: string, graph: GraphFacts): Call {
  const node = graph.node(nodeId)
  return {
    nodeId,
    nodeType: node?.type ?? null,
    title: node?.title ?? null,
    announcedCredits: null,
    outcome: 'running',
  }
}

function finishedNodes(state: RecorderState, event: Of<'finished-nodes'>): RecorderState {
  return updateRun(state, event.promptId, (run) =>
    run.calls.some((call) => call.outcome === 'running' && event.nodeIds.includes(call.nodeId))
      ? {
          ...run,
          calls: run.calls.map((call) =>
            event.nodeIds.includes(call.nodeId) ? settle(call, 'succeeded') : call,
          ),
        }
      : run,
  )
}

function succeeded(state: RecorderState, event: Of<'succeeded'>): RecorderState {
  const nothingExecuted = state.open?.promptId === event.promptId && state.open.begun.size === 0
  return ended(state, event.promptId, event.at, nothingExecuted ? 'cached' : 'succeeded')
}

function failed(state: RecorderState, event: Of<'failed'>): RecorderState {
  const outcome = CANCELLED_BY_USER.test(event.exceptionType) ? 'cancelled' : 'failed'
  const marked = updateRun(state, event.promptId, (run) => ({
    ...run,
    reason: outcome === 'failed' ? reasonOf(event.message) : null,
    calls: run.calls.map((call) => (call.nodeId === event.nodeId ? settle(call, outcome) : call)),
  }))
  return ended(marked, event.promptId, event.at, outcome)
}

/** ComfyUI's server gives no code, only these words (seen on 0.33). */
function reasonOf(message: string): Run['reason'] {
  if (message.startsWith('Payment Required')) return 'payment-required'
  if (message.startsWith('Unauthorized')) return 'unauthorized'
  return 'other'
}

function ended(
  state: RecorderState,
  promptId: string,
  at: number,
  outcome: Exclude<RunOutcome, 'running'>,
): RecorderState {
  const rest = outcome === 'succeeded' ? 'succeeded' : 'cancelled'
  const closed = updateRun(state, promptId, (run) =>
    run.outcome === 'running'
      ? { ...run, outcome, endedAt: at, calls: run.calls.map((call) => settle(call, rest)) }
      : run,
  )
  return closed.open?.promptId === promptId ? { ...closed, open: null } : closed
}

/** After a lost connection an empty queue means that the end was missed and will never be told. */
function queueEmpty(state: RecorderState, at: number): RecorderState {
  return state.disconnected ? { ...loseOpenRun(state, at), disconnected: false } : state
}

function loseOpenRun(state: RecorderState, at: number): RecorderState {
  return state.open ? ended(state, state.open.promptId, at, 'lost') : state
}

function settle(call: Call, outcome: Call['outcome']): Call {
  return call.outcome === 'running' ? { ...call, outcome } : call
}

function withCalls(run: Run, calls: readonly Call[]): Run {
  const announced = calls.flatMap((call) => call.announcedCredits ?? [])
  return { ...run, calls, announcedCredits: announced.length > 0 ? sumCredits(announced) : null }
}

/** Announced prices have two decimals: summed in hundredths, so that no float drift is shown. */
function sumCredits(credits: readonly number[]): number {
  return credits.reduce((sum, price) => sum + Math.round(price * 100), 0) / 100
}

function updateRun(state: RecorderState, promptId: string, change: (run: Run) => Run) {
  const index = state.runs.findIndex((run) => run.promptId === promptId)
  const run = state.runs[index]
  if (!run) return state
  const changed = change(run)
  return changed === run ? state : { ...state, runs: state.runs.with(index, changed) }
}
