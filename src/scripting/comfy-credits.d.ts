/**
 * `window.comfyCredits`: what other extensions and scripts may read of a person's credits. It is there
 * while somebody is logged in; the event `comfycredits` on `window` says that it has come or gone. It
 * reads only: nothing here buys, runs or changes anything. Copy this file for its types.
 */
export interface ComfyCredits {
  /** What is there in version 1 stays; later versions add. */
  readonly version: 1
  /** As the panel shows it. Null while nothing is known. Sends no request. */
  readonly balance: CreditBalance | null
  /**
   * What the open workflow would cost now, all runs of the batch. Null while there is none, and where
   * the person has switched the estimate off; `estimateNow` still answers.
   */
  readonly estimate: WorkflowEstimate | null
  /** The same at this moment, also for another number of runs. Never rejects. */
  estimateNow(batchCount?: number): Promise<WorkflowEstimate | null>
  /**
   * Asks the account what was spent today, in the person's time zone; within ten seconds the answer
   * stays the same. Rejects with an Error that has a `code` where the account does not answer.
   */
  spentToday(): Promise<SpentToday>
  /** Called when `balance` or `estimate` has become another. What is returned ends it. */
  subscribe(listener: (now: Pick<ComfyCredits, 'balance' | 'estimate'>) => void): () => void
}

/** Exact: 211 credits are 1 USD. */
export interface CreditAmount {
  readonly credits: number
  readonly usd: number
}

export interface CreditBalance extends CreditAmount {
  /** When the account said so, epoch milliseconds. */
  readonly at: number
  /** False for a figure of an earlier visit, while a new one is fetched or cannot be had. */
  readonly isFresh: boolean
}

export interface WorkflowEstimate {
  /** What surely runs, at its lowest price. */
  readonly min: CreditAmount
  readonly typical: CreditAmount
  /** All that is queued, at the most, but for `unknown`. */
  readonly max: CreditAmount
  /** How many nodes may cost more, because their price is not known before the run. */
  readonly unknown: number
  /** Partner nodes only: nothing else costs. */
  readonly nodes: readonly {
    readonly id: string
    readonly type: string
    /** Null where it is not known before the run; `reason` says why. */
    readonly typical: CreditAmount | null
    readonly reason: string | null
  }[]
}

export interface SpentToday extends CreditAmount {
  /** False where the account does not say what some calls cost: then it was at least this. */
  readonly isWhole: boolean
}

declare global {
  interface Window {
    readonly comfyCredits?: ComfyCredits
  }
  interface WindowEventMap {
    readonly comfycredits: Event
  }
}
