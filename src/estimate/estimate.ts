import { answersOf, askPrices } from './ask-prices.ts'
import type { BadgeEvaluator } from './badge-questions.ts'
import { CallCounter } from './calls.ts'
import { expectedRuns, type ExpectedRun } from './expected-runs.ts'
import type { CallCost } from '../run-archive/port.ts'
import type { ObjectInfo } from './object-info.ts'
import { nodeEstimate, type EstimateBasis, type NodeEstimate } from './node-estimate.ts'
import type { Amount } from './price.ts'
import { PriceMemory } from './price-memory.ts'
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

const noCosts: readonly CallCost[] = []

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
      const count = calls.callsOf(node)
      const settings = costs?.size ? memory.settingsOf(node, info, prompt) : null
      const basis: EstimateBasis = {
        price: memory.priceOf(node, inquiry, answers[index] ?? [], count),
        costs: (settings !== null && costs?.get(settings)) || noCosts,
        calls: count,
        run: runOf(node),
        isReused: reused.has(node.id),
      }
      nodes.push(memory.estimateOf(node, basis, () => nodeEstimate(node, basis)))
    }
  }
  const firstRun = totalOf(nodes, 1)
  const missing = [...prompt.values()]
    .filter(({ type }) => objectInfo.node(type) === null)
    .map((node) => missingNode(node, runOf(node)))
  const total = batchCount === 1 ? firstRun : totalOf(nodes, batchCount)
  return { nodes, total, firstRun, batchCount, missing }
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
  const total = { minUsdMicros: 0, typicalUsdMicros: 0, maxUsdMicros: 0, unknown: 0 }
  for (const { amount, run, isReused } of nodes) {
    if (amount === null) {
      if (run !== 'not-needed') total.unknown += 1
      continue
    }
    const likely = isReused ? 1 : batchCount
    if (run === 'yes') total.minUsdMicros += likely * amount.minUsdMicros
    if (run === 'yes' || run === 'maybe') total.typicalUsdMicros += likely * amount.typicalUsdMicros
    total.maxUsdMicros += batchCount * amount.maxUsdMicros
  }
  return total
}
