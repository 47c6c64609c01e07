import { usdMicrosFromUsd } from '@comfyui-credits/contract/money'
import type { BadgeAnswer, BadgeEvaluator } from './badge-questions.ts'
import type { BadgeResult } from './badge.ts'
import { CallCounter } from './calls.ts'
import { expectedRuns, type ExpectedRun } from './expected-runs.ts'
import { labelOf } from './label.ts'
import { boundsOf, mergeResults, type Priced } from './merge-results.ts'
import type { ObjectInfo } from './object-info.ts'
import { inquire, type PriceInquiry } from './price-questions.ts'
import type { Prompt, PromptNode } from './prompt.ts'
import { quantityOf, type KnownWidgets } from './quantity.ts'
import type { Reason } from './reason.ts'

export interface Estimate {
  /** Partner nodes only: nothing else costs. */
  readonly nodes: readonly NodeEstimate[]
  readonly total: Total
  /** Types of queued nodes that this server does not have, so nobody knows whether they cost. */
  readonly missingTypes: readonly string[]
}

/** What one node costs in one run of the workflow. */
export interface NodeEstimate {
  readonly id: string
  readonly type: string
  readonly kind: 'usd' | 'range' | 'list' | 'text' | 'unknown'
  /** Null where it is not known before the run. */
  readonly amount: Amount | null
  /** The price list's own words, as ComfyUI draws them. Of a unit where it is priced by unit. */
  readonly label: string | null
  /** Null where the amount is known. */
  readonly reason: Reason | null
  /** How often it runs: once for each item of a list. Null where that is not known. */
  readonly calls: number | null
  readonly run: ExpectedRun
}

interface Amount {
  readonly minUsdMicros: number
  readonly typicalUsdMicros: number
  readonly maxUsdMicros: number
}

/** Of all runs of a batch. */
interface Total extends Amount {
  /** How many nodes may cost more than this, because their price is not known. */
  readonly unknown: number
}

interface Options {
  readonly batchCount?: number
  /** Nodes whose results ComfyUI still has: `unchangedSince`. */
  readonly cached?: ReadonlySet<string>
}

interface Candidate {
  readonly node: PromptNode
  readonly inquiry: PriceInquiry
}

/** What a prompt will cost by its nodes' price lists. */
export async function estimate(
  prompt: Prompt,
  objectInfo: ObjectInfo,
  evaluator: BadgeEvaluator,
  { batchCount = 1, cached = new Set() }: Options = {},
): Promise<Estimate> {
  const candidates = candidatesOf(prompt, objectInfo)
  const answers = await answersTo(candidates, evaluator)
  const calls = new CallCounter(prompt, objectInfo)
  const runs = candidates.length > 0 ? expectedRuns(prompt, objectInfo) : new Map()
  const nodes = candidates.map(({ node, inquiry }, index): NodeEstimate => {
    const run = cached.has(node.id) ? 'likely-cached' : (runs.get(node.id) ?? 'not-needed')
    const count = calls.callsOf(node)
    const price = priceOf(inquiry, answers[index] ?? [], count)
    return { id: node.id, type: node.type, ...price, calls: count, run }
  })
  return {
    nodes,
    total: totalOf(nodes, batchCount),
    missingTypes: missingTypesOf(prompt, objectInfo),
  }
}

function missingTypesOf(prompt: Prompt, objectInfo: ObjectInfo): string[] {
  const types = new Set([...prompt.values()].map(({ type }) => type))
  return [...types].filter((type) => objectInfo.node(type) === null)
}

function candidatesOf(prompt: Prompt, objectInfo: ObjectInfo): Candidate[] {
  return [...prompt.values()].flatMap((node) => {
    const info = objectInfo.node(node.type)
    const costs = info !== null && (info.isApiNode || info.badge !== null)
    return costs ? [{ node, inquiry: inquire(node, info, prompt) }] : []
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

type Price = Pick<NodeEstimate, 'kind' | 'amount' | 'label' | 'reason'>

const unknown = (reason: Reason, label: string | null = null): Price => ({
  kind: 'unknown',
  amount: null,
  label,
  reason,
})

function priceOf(
  inquiry: PriceInquiry,
  answers: readonly BadgeAnswer[],
  calls: number | null,
): Price {
  if ('reason' in inquiry) return unknown(inquiry.reason)
  const results: BadgeResult[] = []
  for (const answer of answers) {
    if (!answer.isPriced) return unknown({ code: `expression-${answer.failure}` })
    results.push(answer.result)
  }
  const result = mergeResults(results)
  if (!result) return unknown({ code: 'expression-no-price' })
  const label = labelOf(result)
  if (result.kind === 'text') {
    return { kind: 'text', amount: null, label, reason: { code: 'text-only' } }
  }
  const { emptyText, widgets } = inquiry
  // Priced by its length, which is not zero once it is written: the server refuses it as it is.
  if (emptyText !== null && boundsOf(result)[1] === 0) {
    return unknown({ code: 'empty-text', widget: emptyText }, label)
  }
  return amountOf(result, label, widgets, calls)
}

function amountOf(
  result: Priced,
  label: string,
  widgets: () => KnownWidgets,
  calls: number | null,
): Price {
  const quantity = quantityOf(result.format, widgets)
  if (!quantity) {
    return unknown({ code: 'quantity-unknown', unit: (result.format.suffix ?? '').trim() }, label)
  }
  if (calls === null) return unknown({ code: 'list-length-unknown' }, label)
  const [min, max] = boundsOf(result)
  const minUsdMicros = usdMicrosFromUsd(min * quantity.min * calls)
  const maxUsdMicros = usdMicrosFromUsd(max * quantity.max * calls)
  const typicalUsdMicros = Math.round((minUsdMicros + maxUsdMicros) / 2)
  return {
    kind: result.kind === 'usd' && minUsdMicros < maxUsdMicros ? 'range' : result.kind,
    amount: { minUsdMicros, typicalUsdMicros, maxUsdMicros },
    label,
    reason: null,
  }
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
