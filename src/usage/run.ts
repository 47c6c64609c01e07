/** One API node's part in a run, as far as this tab saw it. */
export interface Call {
  readonly nodeId: string
  readonly nodeType: string | null
  readonly title: string | null
  /** What the server's text said it costs; null while it has said nothing. */
  readonly announcedCredits: number | null
  readonly outcome: 'running' | 'succeeded' | 'failed' | 'cancelled'
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

/** One execution of a workflow that this tab queued; times are epoch milliseconds. */
export interface Run {
  readonly promptId: string
  readonly workflow: string | null
  readonly startedAt: number
  readonly endedAt: number | null
  readonly outcome: RunOutcome
  /** Why it failed, where the server's words are known; null when it did not. */
  readonly reason: 'payment-required' | 'unauthorized' | 'other' | null
  readonly calls: readonly Call[]
  /** Sum of what the calls announced; null when none did. */
  readonly announcedCredits: number | null
}
