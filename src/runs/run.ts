import type { Denial } from '../billing-account/port.ts'
import type { OutputFile } from './output-file.ts'

/** One API node's part in a run, as far as this tab saw it. */
export interface Call {
  /** With the way into subgraphs, as in "3:1". */
  readonly nodeId: string
  readonly nodeType: string | null
  readonly title: string | null
  /** What the server's text said last; null while it has said nothing. Never a sum. */
  readonly announcedCredits: number | null
  /** How often "Waiting for server" appeared: once for each thing of a list, and for each new try. */
  readonly asked: number
  /** The price that each answer came with, as far as it came with one; never more than `asked`. */
  readonly answers: readonly (number | null)[]
  readonly outcome: 'running' | 'succeeded' | 'failed' | 'cancelled' | 'lost'
  /** Epoch milliseconds. */
  readonly startedAt: number
  readonly endedAt: number | null
}

/** `lost`: its end was never seen (the server was restarted, or the line was cut). */
export type RunOutcome =
  | 'running'
  | 'succeeded'
  | 'failed'
  | 'cancelled'
  | 'interrupted'
  | 'cached'
  | 'lost'

/** What was true when a run was queued, and need not be any more when it is looked at. */
export interface Origin {
  /** Names the billing account that pays; null when it was not known yet. */
  readonly purse: string | null
  readonly workflow: string | null
  /** The same for the same nodes and links, whatever their values. */
  readonly workflowHash: string | null
  /**
   * By the ids of its partner nodes, a name of the settings that the price depends on: the same for
   * the same settings. Absent where nobody saw what was sent.
   */
  readonly settings?: Readonly<Record<string, string>> | undefined
  /** What pressed Run, in the host's word; null where its version does not say. */
  readonly source: string | null
  /** How many runs were queued in one go. */
  readonly batch: number
}

/** One execution of a workflow that this tab queued; times are epoch milliseconds. */
export interface Run extends Origin {
  readonly promptId: string
  /** The server's own count of what it was given; null when its answer was not seen. */
  readonly number: number | null
  readonly startedAt: number
  readonly endedAt: number | null
  readonly outcome: RunOutcome
  /** Why it failed, where the server's words are known; null when it did not. */
  readonly reason: 'payment-required' | 'unauthorized' | 'other' | null
  /** Only of a run that the account refused in the sight of a tab. */
  readonly denial?: Denial | undefined
  readonly calls: readonly Call[]
  /** Sum of what the calls announced; null when none did. */
  readonly announcedCredits: number | null
  /** The first file it put out, as far as this tab saw; null where there is none. */
  readonly output: OutputFile | null
}

/** A request that the server did not take: no run, and nothing can have been charged. */
export interface RefusedAttempt extends Origin {
  readonly at: number
  /** The server's code, such as `prompt_outputs_failed_validation`; null when it gave none. */
  readonly code: string | null
}

/** How many charges there can be under the node's id, as far as its texts show: at least one. */
export function mostChargesOf(call: Call): number {
  return Math.max(1, call.answers.length)
}

/** Refused for want of credits or of a login: that is before anything can be charged. */
export function wasRefused(run: Run, call: Call): boolean {
  const refused = run.reason === 'payment-required' || run.reason === 'unauthorized'
  return refused && call.outcome === 'failed'
}

/** Runs without an API call cost nothing and are nobody's question here. */
export function isOfInterest(run: Run): boolean {
  const { calls, reason, denial } = run
  const refused = reason === 'payment-required' || reason === 'unauthorized' || denial !== undefined
  return calls.length > 0 || refused
}

/** A charge is in the balance some seconds after its call, with ComfyUI's own service. */
export const SETTLE_MS = 5000

/**
 * A busy page handles a message so late: what it saw begin may have begun earlier by this much, and
 * be charged already.
 */
export const SEEN_LATE_MS = 2000
