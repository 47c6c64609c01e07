import { answersOf, askPrices } from './ask-prices.ts'
import type { BadgeEvaluator } from './badge-questions.ts'
import { CallCounter } from './calls.ts'
import { expectedRuns, type ExpectedRun } from './expected-runs.ts'
import type { CallCost } from '../run-archive/port.ts'
import type { ObjectInfo } from './object-info.ts'
import { learnFrom, withLearnt, type Learnt } from './learnt.ts'
import type { Amount, Price } from './price.ts'
import { PriceMemory } from './price-memory.ts'
import { asText } from './json.ts'
import type { Prompt, PromptNode } from './prompt.ts'
import { reusedInBatch } from './reused.ts'
import { Turn, type PageTurn } from './turn.ts'

export interface Estimate {
  /** Partner nodes only: nothing else costs. */
  readonly nodes: readonly NodeEstimate[]
  readonly total: Total
  /** Of the first run of the batch. */
  readonly firstRun: Total
  /** Of how many runs `total` is. */
  readonly batchCount: number
  /** Queued nodes that this server does not have, so nobody knows whether they cost. */
  readonly missing: readonly MissingNode[]
}

/** It counts in no total: a server refuses to run what it does not have. */
export interface MissingNode {
  readonly id: string
  readonly type: string
  readonly run: ExpectedRun
  /** Partner nodes come with newer versions of ComfyUI. */
  readonly mayBePartner: boolean
}

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

/** Of all runs of a batch. */
export interface Total extends Amount {
  /** How many nodes may cost more than this, because their price is not known. */
  readonly unknown: number
}

export interface EstimateOptions {
  readonly batchCount?: number
  /** Nodes whose results ComfyUI still has: `unchangedSince`. */
  readonly cached?: ReadonlySet<string>
  /** Of an earlier estimate with the same evaluator. */
  readonly memory?: PriceMemory
  /** What the page has been busy with since. */
  readonly turn?: PageTurn
  /** What earlier calls cost, by their settings. */
  readonly costs?: CostsBySettings
}

/** Newest first. */
export type CostsBySettings = ReadonlyMap<string, readonly CallCost[]>

/** What a prompt will cost by its nodes' price lists. */
export async function estimate(
  prompt: Prompt,
  objectInfo: ObjectInfo,
  evaluator: BadgeEvaluator,
  options: EstimateOptions = {},
): Promise<Estimate> {
  const { batchCount = 1, cached = new Set(), costs } = options
  const { memory = new PriceMemory(), turn = new Turn() } = options
  const asked = await askPrices(prompt, objectInfo, evaluator, { memory, turn })
  // While the worker answers.
  const calls = new CallCounter(prompt, objectInfo)
  const runs = expectedRuns(prompt, objectInfo)
  const reused = batchCount === 1 ? new Set() : reusedInBatch(prompt, objectInfo)
  const runOf = ({ id }: PromptNode): ExpectedRun =>
    cached.has(id) ? 'likely-cached' : (runs.get(id) ?? 'not-needed')
  const nodes: NodeEstimate[] = []
  for (const each of asked) {
    const answers = await answersOf(each, memory)
    for (const [index, { node, info, inquiry }] of each.candidates.entries()) {
      const run = runOf(node)
      const count = calls.callsOf(node)
      const price = memory.priceOf(node, inquiry, answers[index] ?? [], count)
      const settings = costs?.size ? memory.settingsOf(node, info, prompt) : null
      const earlier = (settings !== null && costs?.get(settings)) || []
      const learnt = learnFrom(earlier, price, count)
      const isReused = reused.has(node.id)
      nodes.push(nodeEstimate(node, price, learnt, { calls: count, run, isReused }))
    }
  }
  const firstRun = totalOf(nodes, 1)
  const missing = [...prompt.values()]
    .filter(({ type }) => objectInfo.node(type) === null)
    .map((node) => missingNode(node, runOf(node)))
  const total = batchCount === 1 ? firstRun : totalOf(nodes, batchCount)
  return { nodes, total, firstRun, batchCount, missing }
}

function nodeEstimate(
  { id, type, values }: PromptNode,
  price: Price,
  learnt: Learnt | null,
  rest: Pick<NodeEstimate, 'calls' | 'run' | 'isReused'>,
): NodeEstimate {
  return {
    id,
    type,
    kind: price.kind,
    ...withLearnt(price, learnt),
    get label() {
      return price.label
    },
    usdPerGpuSecond: price.usdPerGpuSecond,
    ...rest,
    model: asText(values.get('model')),
    learnt,
    listed: price.amount,
  }
}

const missingNode = ({ id, type, isSurelyLocal }: PromptNode, run: ExpectedRun): MissingNode => ({
  id,
  type,
  run,
  mayBePartner: !isSurelyLocal,
})

/**
 * At least what surely runs, at most all that is queued, and typically what ComfyUI has neither
 * cached nor any reason to leave out. What later runs of a batch likely reuse is in one run of it, and
 * in all of them at most.
 */
function totalOf(nodes: readonly NodeEstimate[], batchCount: number): Total {
  const sum = (name: keyof Amount, timesOf: (node: NodeEstimate) => number) =>
    nodes.reduce((all, node) => all + timesOf(node) * (node.amount?.[name] ?? 0), 0)
  const likely = ({ isReused }: NodeEstimate) => (isReused ? 1 : batchCount)
  const isMaybe = ({ run }: NodeEstimate) => run === 'yes' || run === 'maybe'
  return {
    minUsdMicros: sum('minUsdMicros', (node) => (node.run === 'yes' ? likely(node) : 0)),
    typicalUsdMicros: sum('typicalUsdMicros', (node) => (isMaybe(node) ? likely(node) : 0)),
    maxUsdMicros: sum('maxUsdMicros', () => batchCount),
    unknown: nodes.filter(({ amount, run }) => amount === null && run !== 'not-needed').length,
  }
}
