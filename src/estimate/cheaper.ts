import type { BadgeEvaluator } from './badge-questions.ts'
import { choicesOf } from './inputs.ts'
import type { Estimate } from './estimate.ts'
import type { NodeEstimate } from './node-estimate.ts'
import type { NodeInfo, ObjectInfo } from './object-info.ts'
import { priceOf, type Amount } from './price.ts'
import { inquire, type PriceInquiry } from './price-questions.ts'
import type { Prompt, PromptNode } from './prompt.ts'

/** Another value of one widget, by which the node costs less. */
export interface CheaperChoice {
  readonly widget: string
  readonly value: string
  readonly usdMicros: number
}

interface Trial {
  readonly estimate: NodeEstimate
  readonly widget: string
  readonly value: string
  readonly inquiry: PriceInquiry
}

/** No person reads more, and a list of files is not what a price depends on. */
const MAX_CHOICES = 40
const MAX_TRIALS = 2000

/**
 * By the id of a node: of each widget that its price depends on the next cheaper value, and of these
 * the one that saves most. The smallest step down is what a person would rather take.
 */
export async function cheaperChoices(
  { nodes }: Estimate,
  prompt: Prompt,
  objectInfo: ObjectInfo,
  evaluator: BadgeEvaluator,
): Promise<ReadonlyMap<string, CheaperChoice>> {
  const trials = nodes
    .flatMap((estimate) => trialsOf(estimate, prompt, objectInfo))
    .slice(0, MAX_TRIALS)
  const questions = trials.map(({ inquiry }) => ('questions' in inquiry ? inquiry.questions : []))
  const answers = trials.length > 0 ? await evaluator.evaluate(questions.flat()) : []
  const next = new Map<string, Map<string, CheaperChoice>>()
  let at = 0
  for (const [index, { estimate, inquiry, widget, value }] of trials.entries()) {
    const own = answers.slice(at, (at += questions[index]?.length ?? 0))
    const { amount } = priceOf(inquiry, own, estimate.calls)
    if (!estimate.listed || !amount || !isCheaper(amount, estimate.listed)) continue
    const ofNode = next.get(estimate.id) ?? new Map<string, CheaperChoice>()
    next.set(estimate.id, ofNode)
    const usdMicros = amount.typicalUsdMicros
    if (usdMicros > (ofNode.get(widget)?.usdMicros ?? 0)) {
      ofNode.set(widget, { widget, value, usdMicros })
    }
  }
  return new Map([...next].flatMap(([id, choices]) => leastOf(id, [...choices.values()])))
}

/** Also at its most: a lower average with a higher end is a gamble. Free does not count. */
const isCheaper = (amount: Amount, than: Amount): boolean =>
  amount.typicalUsdMicros > 0 &&
  amount.typicalUsdMicros < than.typicalUsdMicros &&
  amount.maxUsdMicros <= than.maxUsdMicros

function leastOf(id: string, choices: readonly CheaperChoice[]): [string, CheaperChoice][] {
  const [least] = choices.toSorted((a, b) => a.usdMicros - b.usdMicros)
  return least ? [[id, least]] : []
}

function trialsOf(estimate: NodeEstimate, prompt: Prompt, objectInfo: ObjectInfo): Trial[] {
  const node = prompt.get(estimate.id)
  const info = node && objectInfo.node(node.type)
  if (!node || !info || !estimate.listed || typeof info.badge !== 'object') return []
  return (info.badge?.widgets ?? []).flatMap(({ name }) =>
    otherValues(node, info, name).map((value) => ({
      estimate,
      widget: name,
      value: String(value),
      inquiry: inquire({ ...node, values: new Map(node.values).set(name, value) }, info, prompt),
    })),
  )
}

/** Of a widget with a plain list of values that is set on the node itself. */
function otherValues(node: PromptNode, info: NodeInfo, name: string): readonly unknown[] {
  const spec = info.inputs.find((input) => input.name === name)
  const choices = spec?.type === 'COMBO' && !node.links.has(name) ? choicesOf(spec) : null
  if (!choices || choices.length > MAX_CHOICES) return []
  const now = String(node.values.get(name))
  return choices.filter((choice) => String(choice) !== now)
}
