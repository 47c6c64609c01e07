import type { Denial } from '../billing-account/port.ts'
import { applyText, settle, withCalls } from './call.ts'
import { readNodeText } from './price-text.ts'
import { clip } from './clip.ts'
import { lastingOutput } from './output-file.ts'
import type { RememberedEnd } from './remembered-end.ts'
import type { RunEvent } from './run-event.ts'
import {
  accept,
  allAnswered,
  ask,
  emptied,
  forget,
  nothingQueued,
  refuse,
  requestDone,
  send,
  start,
  type Accepted,
  type Now,
  type Queued,
} from './queue.ts'
import type { Call, RefusedAttempt, Run, RunOutcome } from './run.ts'
import { isCancelledByUser, noReason, reasonOf, whyFailed, type WhyFailed } from './run-failure.ts'

/** What only the host knows, asked for when a run or a call begins. */
export interface HostFacts extends Now {
  readonly node: (nodeId: string) => { readonly type: string; readonly title: string } | null
}

/** The run that is executing now. */
interface OpenRun {
  /** Its promptId is empty while it is not known: a page that was reloaded gets no start. */
  readonly run: Run
  /** Nodes that began since the last connection, and have not finished; newest last. */
  readonly begun: readonly string[]
  readonly startSeen: boolean
  /** Whether any node was executed, and not taken from the cache. */
  readonly executed: boolean
}

/** A price quoted outside of all our own runs: another tab or client is spending. */
export interface Overheard {
  readonly nodeId: string
  readonly credits: number
  readonly at: number
}

export interface RecorderState {
  readonly open: OpenRun | null
  /** Newest first. */
  readonly ended: readonly Run[]
  readonly queued: Queued
  /** Newest last. */
  readonly refused: readonly RefusedAttempt[]
  readonly overheard: readonly Overheard[]
  readonly disconnected: boolean
}

export const emptyRecorder: RecorderState = {
  open: null,
  ended: [],
  queued: nothingQueued,
  refused: [],
  overheard: [],
  disconnected: false,
}

/** A page that stays open for weeks must not grow without bound. */
const MAX_RUNS = 500
/** Of one run, and of all ended runs together: older ones are in the run archive. */
const MAX_CALLS = 1000
const MAX_ENDED_CALLS = 5000
/** At the same time: finished nodes are not among them. */
const MAX_BEGUN = 500
const MAX_SMALL = 50

/** Newest first; the run that executes now is the first. */
export function runsOf(state: RecorderState): readonly Run[] {
  const { open } = state
  return open && open.run.promptId !== '' ? [open.run, ...state.ended] : state.ended
}

/** The node that began last and goes on; null while there is none. */
export function runningNode({ open }: RecorderState): string | null {
  return open?.begun.at(-1) ?? null
}

/**
 * Host events to runs. Only `execution_start`, `_success`, `_error` and `executing` come to the tab
 * that queued and nobody else. `progress_text` carries no prompt_id and reaches every tab, so a text
 * counts only inside an own run, for a node which that run has begun and not finished;
 * `progress_state` and `execution_interrupted` may be of another client's run.
 */
export function record(state: RecorderState, event: RunEvent, facts: HostFacts): RecorderState {
  switch (event.kind) {
    case 'asked':
      return { ...state, queued: ask(state.queued, event, facts) }
    case 'answered':
      return { ...state, queued: requestDone(state.queued, event) }
    case 'sent':
      return { ...state, queued: send(state.queued, event, facts) }
    case 'accepted':
      return accepted(state, event, facts)
    case 'refused':
      return refused(state, event, facts)
    case 'answered-all':
      return { ...state, queued: allAnswered(state.queued) }
    case 'started':
      return started(state, event, facts)
    case 'executing':
      return begun(state.open ? state : reloaded(state, event.at, facts), [event.nodeId])
    case 'idle':
      // The server has finished the run; if it reported an end, that came before this.
      return loseOpenRun(state, event.at)
    case 'text':
      return text(state, event, facts)
    case 'nodes':
      return nodes(state, event, facts)
    case 'output':
      return putOut(state, event)
    case 'succeeded':
      return succeeded(state, event, facts)
    case 'failed':
      return failed(state, event, facts)
    case 'interrupted':
      return interrupted(state, event, facts)
    case 'disconnected':
      return disconnected(state)
    case 'queue-empty':
      return queueEmpty(state, event.at)
  }
}

/** No more events will come: a run that goes on is lost. */
export function closeRecorder(state: RecorderState, at: number): RecorderState {
  return loseOpenRun(state, at)
}

/** Ends a run that was lost, of this page or of an earlier one, as the server remembers it. */
export function remember(
  state: RecorderState,
  run: Run,
  { event, tookMs, output }: RememberedEnd,
): RecorderState {
  if (state.open?.run.promptId === run.promptId) return state
  const isCancelled = event.kind === 'failed' && isCancelledByUser(event.exceptionType)
  const outcome = isCancelled ? 'cancelled' : event.kind
  const reason = outcome === 'failed' && 'message' in event ? reasonOf(event.message) : null
  const at = tookMs === null ? (run.endedAt ?? run.startedAt) : run.startedAt + tookMs
  const others = state.ended.filter(({ promptId }) => promptId !== run.promptId)
  const known = { ...run, output: lastingOutput(run.output, output) }
  return addEnded({ ...state, ended: others }, { ...endedRun(known, at, outcome), reason })
}

type Of<K extends RunEvent['kind']> = Extract<RunEvent, { kind: K }>

function accepted(state: RecorderState, event: Of<'accepted'>, facts: HostFacts): RecorderState {
  const [queued, job] = accept(state.queued, event, facts)
  const known = runsOf(state).some((run) => run.promptId === event.promptId)
  if (!known) return { ...state, queued }
  const { origin, number } = job
  return {
    ...changeRun(state, event.promptId, (run) => ({ ...run, ...origin, number })),
    queued: forget(queued, event.promptId),
  }
}

/** Wherever it is: it may be executing, or have ended. */
function changeRun(
  state: RecorderState,
  promptId: string,
  change: (run: Run) => Run,
): RecorderState {
  const changed = (run: Run): Run => (run.promptId === promptId ? change(run) : run)
  return {
    ...state,
    open: state.open && { ...state.open, run: changed(state.open.run) },
    ended: state.ended.map(changed),
  }
}

function refused(state: RecorderState, event: Of<'refused'>, facts: HostFacts): RecorderState {
  const { code, at } = event
  const [queued, origin] = refuse(state.queued, event, facts)
  if (!event.mayCost) return { ...state, queued }
  return {
    ...state,
    queued,
    refused: [...state.refused, { ...origin, code, at }].slice(-MAX_SMALL),
  }
}

function started(state: RecorderState, event: Of<'started'>, facts: HostFacts): RecorderState {
  if (isKnown(state, event.promptId)) return state
  const next = begin(state, event, facts)
  // What was executing without a name may have been this run, begun a moment before its start was
  // reported. Not so its texts: they may be anybody's.
  const begunBefore = state.open?.run.promptId === '' ? state.open.begun : []
  const executed = begunBefore.length > 0
  return next.open
    ? { ...next, open: { ...next.open, startSeen: true, begun: begunBefore, executed } }
    : next
}

/** Opens a run; the one before it, if it is still open, has ended unseen. */
function begin(
  state: RecorderState,
  { promptId, at }: { readonly promptId: string; readonly at: number },
  facts: HostFacts,
): RecorderState {
  const before = loseOpenRun(state, at)
  const [queued, origin] = start(before.queued, promptId, facts)
  return {
    ...before,
    queued,
    open: { run: newRun(origin, at), begun: [], startSeen: false, executed: false },
    disconnected: false,
  }
}

function newRun({ promptId, number, origin }: Accepted, at: number): Run {
  return {
    ...origin,
    promptId,
    number,
    startedAt: at,
    endedAt: null,
    outcome: 'running',
    reason: null,
    calls: [],
    announcedCredits: null,
    output: null,
  }
}

/** An own node executes and no run is open: the page came into the middle of it. */
function reloaded(state: RecorderState, at: number, facts: HostFacts): RecorderState {
  return begin(state, { promptId: '', at }, facts)
}

/** The state in which the event's run is open, or has ended. Only own runs' events carry an id. */
function own(
  state: RecorderState,
  event: { readonly promptId: string; readonly at: number },
  facts: HostFacts,
): RecorderState {
  if (isKnown(state, event.promptId)) return state
  if (state.open?.run.promptId !== '') return begin(state, event, facts)
  const [queued, { number, origin }] = start(state.queued, event.promptId, facts)
  const run = { ...state.open.run, ...origin, number, promptId: event.promptId }
  return { ...state, queued, open: { ...state.open, run } }
}

/**
 * What this tab queued, what a start has named, and what executes without a name: `executing` comes
 * to the tab that queued alone, and the server executes one run at a time.
 */
function isOurs(state: RecorderState, promptId: string): boolean {
  const queued = state.queued.accepted.some((each) => each.promptId === promptId)
  return queued || state.open?.run.promptId === '' || isKnown(state, promptId)
}

function isKnown(state: RecorderState, promptId: string): boolean {
  return (
    state.open?.run.promptId === promptId || state.ended.some((run) => run.promptId === promptId)
  )
}

function begun(state: RecorderState, nodeIds: readonly string[]): RecorderState {
  const { open } = state
  if (!open) return state
  const fresh = nodeIds.filter((nodeId) => !open.begun.includes(nodeId))
  const executed = open.executed || nodeIds.length > 0
  if (fresh.length === 0 && executed === open.executed) return state
  return {
    ...state,
    open: { ...open, executed, begun: [...open.begun, ...fresh].slice(-MAX_BEGUN) },
  }
}

function text(state: RecorderState, event: Of<'text'>, facts: HostFacts): RecorderState {
  const said = readNodeText(event.text)
  if (!said) return state
  const { open } = state
  const known = open?.run.calls.find((call) => call.nodeId === event.nodeId)
  const isOwn =
    open?.begun.includes(event.nodeId) === true &&
    (event.promptId === null || event.promptId === open.run.promptId) &&
    (known === undefined || known.outcome === 'running')
  if (!open || !isOwn) return overheard(state, event, said.credits)
  if (!known && open.run.calls.length >= MAX_CALLS) return state
  const call = applyText(known ?? newCall(event, facts), said)
  if (call === known) return state
  const { calls } = open.run
  const changed = known ? calls.map((other) => (other === known ? call : other)) : [...calls, call]
  return { ...state, open: { ...open, run: withCalls(open.run, changed) } }
}

function overheard(
  state: RecorderState,
  { nodeId, at }: Of<'text'>,
  credits: number | null,
): RecorderState {
  if (credits === null) return state
  const repeats = state.overheard.some(
    (other) => other.nodeId === nodeId && other.credits === credits,
  )
  if (repeats) return state
  return { ...state, overheard: [...state.overheard, { nodeId, credits, at }].slice(-MAX_SMALL) }
}

function newCall({ nodeId, at }: Of<'text'>, facts: HostFacts): Call {
  const node = facts.node(nodeId)
  return {
    nodeId,
    nodeType: clip(node?.type ?? null),
    title: clip(node?.title ?? null),
    announcedCredits: null,
    asked: 0,
    answers: [],
    outcome: 'running',
    startedAt: at,
    endedAt: null,
  }
}

/** The server sends it to every client where a script queued without a client id. */
function nodes(before: RecorderState, event: Of<'nodes'>, facts: HostFacts): RecorderState {
  if (!isOurs(before, event.promptId)) return before
  const known = event.running.length > 0 ? found(before, event.promptId) : before
  const state = own(known, event, facts)
  if (state.open?.run.promptId !== event.promptId) return state
  return finished(begun(state, event.running), event)
}

/** A later text under a finished node is not its own: another tab's node may have the same id. */
function finished(state: RecorderState, event: Of<'nodes'>): RecorderState {
  const { open } = state
  if (!open || event.finished.length === 0) return state
  const over = new Set(event.finished)
  const left = open.begun.filter((nodeId) => !over.has(nodeId))
  const begunNow = left.length === open.begun.length ? open.begun : left
  const isOver = (call: Call): boolean => call.outcome === 'running' && over.has(call.nodeId)
  const calls = open.run.calls.some(isOver)
    ? open.run.calls.map((call) => (isOver(call) ? settle(call, 'succeeded', event.at) : call))
    : open.run.calls
  if (begunNow === open.begun && calls === open.run.calls) return state
  const run = calls === open.run.calls ? open.run : { ...open.run, calls }
  return { ...state, open: { ...open, begun: begunNow, run } }
}

/** A run that was taken for lost and goes on after all. */
function found(state: RecorderState, promptId: string): RecorderState {
  const [last, ...rest] = state.ended
  if (state.open || last?.promptId !== promptId || last.outcome !== 'lost') return state
  const calls = last.calls.map((call) =>
    call.outcome === 'lost' ? { ...call, outcome: 'running' as const, endedAt: null } : call,
  )
  const run = { ...last, calls, outcome: 'running' as const, endedAt: null }
  const open = { run, begun: [], startSeen: false, executed: true }
  return { ...state, open, ended: rest }
}

/** Only of a run that is known: the server sends it to every client where a script queued. */
function putOut(state: RecorderState, { promptId, file }: Of<'output'>): RecorderState {
  if (!isKnown(state, promptId)) return state
  return changeRun(state, promptId, (run) => ({
    ...run,
    output: lastingOutput(run.output, file),
  }))
}

function succeeded(before: RecorderState, event: Of<'succeeded'>, facts: HostFacts) {
  const state = own(before, event, facts)
  const { open } = state
  const cached = open?.run.promptId === event.promptId && open.startSeen && !open.executed
  return ended(state, event, cached ? 'cached' : 'succeeded')
}

function failed(before: RecorderState, event: Of<'failed'>, facts: HostFacts): RecorderState {
  const state = own(before, event, facts)
  const outcome = isCancelledByUser(event.exceptionType) ? 'cancelled' : 'failed'
  const why = outcome === 'failed' ? whyFailed(event.message) : noReason
  if (state.open?.run.promptId !== event.promptId) return ended(state, event, outcome, why)
  const calls = state.open.run.calls.map((call) =>
    call.nodeId === event.nodeId
      ? { ...settle(call, outcome, event.at), nodeType: call.nodeType ?? event.nodeType }
      : call,
  )
  const run = withCalls(state.open.run, calls)
  return ended({ ...state, open: { ...state.open, run } }, event, outcome, why)
}

/** What the nodes of a run are set to, as far as it is known: right after the server took it. */
export function noteSettings(
  state: RecorderState,
  promptId: string,
  settings: NonNullable<Run['settings']>,
): RecorderState {
  const taken = state.queued.accepted.map((each) =>
    each.promptId === promptId ? { ...each, origin: { ...each.origin, settings } } : each,
  )
  return {
    ...changeRun(state, promptId, (run) => ({ ...run, settings })),
    queued: { ...state.queued, accepted: taken },
  }
}

/** Notes why the account refused a run, as it says right afterwards. */
export function explainDenial(
  state: RecorderState,
  promptId: string,
  denial: Denial,
): RecorderState {
  const isIt = (run: Run): boolean => run.promptId === promptId && run.denial?.reason === null
  if (!state.ended.some(isIt)) return state
  return { ...state, ended: state.ended.map((run) => (isIt(run) ? { ...run, denial } : run)) }
}

/** The server sends it to every client, also where another queued the run. */
function interrupted(state: RecorderState, event: Of<'interrupted'>, facts: HostFacts) {
  if (!isOurs(state, event.promptId)) return state
  return ended(own(state, event, facts), event, 'interrupted')
}

type End = Exclude<RunOutcome, 'running'>

/** The first end counts, but a reported one replaces one that was only supposed. */
function ended(
  state: RecorderState,
  { promptId, at }: { readonly promptId: string; readonly at: number },
  outcome: End,
  why: WhyFailed = noReason,
): RecorderState {
  if (state.open?.run.promptId === promptId) {
    return close(state, { ...endedRun(state.open.run, at, outcome), ...why })
  }
  if (!state.ended.some((run) => run.promptId === promptId && run.outcome === 'lost')) return state
  return changeRun(state, promptId, (run) => ({ ...endedRun(run, at, outcome), ...why }))
}

function endedRun(run: Run, at: number, outcome: End): Run {
  const calls = run.calls.map((call) =>
    settle(call.outcome === 'lost' ? { ...call, outcome: 'running' } : call, restOf(outcome), at),
  )
  return { ...run, outcome, endedAt: at, calls }
}

/** How calls ended whose own end was not reported. */
function restOf(outcome: End): Call['outcome'] {
  if (outcome === 'succeeded' || outcome === 'cached') return 'succeeded'
  return outcome === 'lost' ? 'lost' : 'cancelled'
}

function close(state: RecorderState, run: Run): RecorderState {
  return { ...addEnded(state, run), open: null }
}

function addEnded(state: RecorderState, run: Run): RecorderState {
  let calls = 0
  const kept = [run, ...state.ended].slice(0, MAX_RUNS).filter((one) => {
    calls += one.calls.length
    return calls <= MAX_ENDED_CALLS
  })
  return { ...state, ended: kept }
}

/** Without its prompt_id a run cannot be distinguished from others, so it is dropped. */
function loseOpenRun(state: RecorderState, at: number): RecorderState {
  if (!state.open) return state
  if (state.open.run.promptId === '') return { ...state, open: null }
  return close(state, endedRun(state.open.run, at, 'lost'))
}

/** If the run is still there after reconnecting, its nodes are reported again. */
function disconnected(state: RecorderState): RecorderState {
  const open = state.open && { ...state.open, begun: [] }
  return { ...state, open, disconnected: true }
}

/** After a lost connection an empty queue means that the end was missed and will never be reported. */
function queueEmpty(state: RecorderState, at: number): RecorderState {
  const settled = state.open ? state : { ...state, queued: emptied(state.queued) }
  return state.disconnected ? { ...loseOpenRun(settled, at), disconnected: false } : settled
}
