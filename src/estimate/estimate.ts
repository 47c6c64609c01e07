import type { BadgeAnswer, BadgeEvaluator } from './badge-questions.ts'
import { CallCounter } from './calls.ts'
import { expectedRuns, type ExpectedRun } from './expected-runs.ts'
import type { CallCost } from '../run-archive/port.ts'
import type { NodeInfo, ObjectInfo } from './object-info.ts'
import { learnFrom, withLearnt, type Learnt } from './learnt.ts'
import type { Amount, Price } from './price.ts'
import { PriceMemory } from './price-memory.ts'
import { asText } from './json.ts'
import type { PriceInquiry } from './price-questions.ts'
import type { Prompt, PromptNode } from './prompt.ts'

export interface Estimate {
  /** Partner nodes only: nothing else costs. */
  readonly nodes: readonly NodeEstimate[]
  readonly total: Total
  /** Of how many runs `total` is. */
  readonly batchCount: number
  /** Types of queued nodes that this server does not have, so nobody knows whether they cost. */
  readonly missingTypes: readonly string[]
}

/** What one node costs in one run of the workflow. */
export interface NodeEstimate extends Price {
  readonly id: string
  readonly type: string
  /** How often it runs: once for each item of a list. Null where that is not known. */
  readonly calls: number | null
  readonly run: ExpectedRun
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
  /** What earlier calls cost, by their settings. */
  readonly costs?: CostsBySettings
}

/** Newest first. */
export type CostsBySettings = ReadonlyMap<string, readonly CallCost[]>

interface Candidate {
  readonly node: PromptNode
  readonly info: NodeInfo
  readonly inquiry: PriceInquiry
}

/** What a prompt will cost by its nodes' price lists. */
export async function estimate(
  prompt: Prompt,
  objectInfo: ObjectInfo,
  evaluator: BadgeEvaluator,
  options: EstimateOptions = {},
): Promise<Estimate> {
  const { batchCount = 1, cached = new Set(), memory = new PriceMemory(), costs } = options
  const candidates = candidatesOf(prompt, objectInfo, memory)
  const answers = await answersTo(candidates, evaluator)
  const calls = new CallCounter(prompt, objectInfo)
  const runs = candidates.length > 0 ? expectedRuns(prompt, objectInfo) : new Map()
  const nodes = candidates.map(({ node, info, inquiry }, index): NodeEstimate => {
    const run = cached.has(node.id) ? 'likely-cached' : (runs.get(node.id) ?? 'not-needed')
    const count = calls.callsOf(node)
    const price = memory.priceOf(inquiry, answers[index] ?? [], count)
    const settings = costs?.size ? memory.settingsOf(node, info, prompt) : null
    const own = (settings !== null && costs?.get(settings)) || []
    const learnt = learnFrom(own, price, count)
    return {
      id: node.id,
      type: node.type,
      ...price,
      ...withLearnt(price, learnt),
      calls: count,
      run,
      model: asText(node.values.get('model')),
      learnt,
      listed: price.amount,
    }
  })
  return {
    nodes,
    total: totalOf(nodes, batchCount),
    batchCount,
    missingTypes: missingTypesOf(prompt, objectInfo),
  }
}

function missingTypesOf(prompt: Prompt, objectInfo: ObjectInfo): string[] {
  const types = new Set([...prompt.values()].map(({ type }) => type))
  return [...types].filter((type) => objectInfo.node(type) === null)
}

function candidatesOf(prompt: Prompt, objectInfo: ObjectInfo, memory: PriceMemory): Candidate[] {
  return [...prompt.values()].flatMap((node) => {
    const info = objectInfo.node(node.type)
    const costs = info !== null && (info.isApiNode || info.badge !== null)
    return costs ? [{ node, info, inquiry: memory.inquiryOf(node, info, prompt) }] : []
  })
}

/** In one request: a worker answers hundreds in the time of a few messages. */
async function answersTo(
  candidates: readonly Candidate[],
  evaluator: BadgeEvaluator,
): Promise<(readonly BadgeAnswer[])[]> {
  const asked = candidates.map(({ inquiry }) => ('questions' in inquiry ? inquiry.questions : []))
  const questions = asked.flat()
  const answers = questions.length > 0 ? await evaluator.evaluate(questions) : []
  let next = 0
  return asked.map(({ length }) => answers.slice(next, (next += length)))
}

/**
 * At least what surely runs, at most all that is queued, and typically what ComfyUI has neither
 * cached nor any reason to leave out.
 */
function totalOf(nodes: readonly NodeEstimate[], batchCount: number): Total {
  const sum = (name: keyof Amount, isCounted: (run: ExpectedRun) => boolean) =>
    nodes.reduce((all, { amount, run }) => all + (isCounted(run) ? (amount?.[name] ?? 0) : 0), 0)
  return {
    minUsdMicros: batchCount * sum('minUsdMicros', (run) => run === 'yes'),
    typicalUsdMicros:
      batchCount * sum('typicalUsdMicros', (run) => run === 'yes' || run === 'maybe'),
    maxUsdMicros: batchCount * sum('maxUsdMicros', () => true),
    unknown: nodes.filter(({ amount, run }) => amount === null && run !== 'not-needed').length,
  }
}
