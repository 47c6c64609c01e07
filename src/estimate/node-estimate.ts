import type { CallCost } from '../run-archive/port.ts'
import type { ExpectedRun } from './expected-runs.ts'
import { asText } from './json.ts'
import { learnFrom, withLearnt, type Learnt } from './learnt.ts'
import type { Amount, Price } from './price.ts'
import type { PromptNode } from './prompt.ts'

/** What one node costs in one run of the workflow. */
export interface NodeEstimate extends Price {
  readonly id: string
  readonly type: string
  /** How often it runs: once for each item of a list. Null where that is not known. */
  readonly calls: number | null
  readonly run: ExpectedRun
  /** Whether the later runs of a batch likely reuse its result: `reusedInBatch`. */
  readonly isReused: boolean
  /** What its widget of that name is set to; null where it has none. */
  readonly model: string | null
  /** What earlier runs cost; null where none is known. */
  readonly learnt: Learnt | null
  /** By the price list alone. */
  readonly listed: Amount | null
}

/** What the estimate of a node follows from: the same where all of it is the same. */
export interface EstimateBasis extends Pick<NodeEstimate, 'calls' | 'run' | 'isReused'> {
  readonly price: Price
  /** What earlier calls with its settings cost. */
  readonly costs: readonly CallCost[]
}

export function nodeEstimate({ id, type, values }: PromptNode, basis: EstimateBasis): NodeEstimate {
  const { price, costs, calls, run, isReused } = basis
  const learnt = learnFrom(costs, price, calls)
  return {
    id,
    type,
    kind: price.kind,
    ...withLearnt(price, learnt),
    get label() {
      return price.label
    },
    usdPerGpuSecond: price.usdPerGpuSecond,
    calls,
    run,
    isReused,
    model: asText(values.get('model')),
    learnt,
    listed: price.amount,
  }
}
