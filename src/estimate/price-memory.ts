import { isFinal, type BadgeAnswer } from './badge-questions.ts'
import { isWidget } from './inputs.ts'
import type { EstimateBasis, NodeEstimate } from './node-estimate.ts'
import type { NodeInfo } from './object-info.ts'
import { priceOf, type Price } from './price.ts'
import { inquire, type PriceInquiry } from './price-questions.ts'
import type { Prompt, PromptNode } from './prompt.ts'
import { settingsKey } from './settings-key.ts'

interface KnownNode {
  readonly info: NodeInfo
  inquiry?: PriceInquiry
  answers?: readonly BadgeAnswer[]
  calls?: number | null
  price?: Price
  settings?: string | null
  estimate?: { readonly basis: EstimateBasis; readonly made: NodeEstimate }
}

/** What was asked of a node, and what came of it: the same for as long as the node stays the same. */
export class PriceMemory {
  /** One for all of it: the browser cleans up after thousands of entries. */
  private readonly nodes = new WeakMap<PromptNode, KnownNode>()

  inquiryOf(node: PromptNode, info: NodeInfo, prompt: Prompt): PriceInquiry {
    const known = this.of(node, info)
    return (known.inquiry ??= inquire(node, info, prompt))
  }

  settingsOf(node: PromptNode, info: NodeInfo, prompt: Prompt): string | null {
    const known = this.of(node, info)
    if (known.settings === undefined) known.settings = settingsKey(node, info, prompt)
    return known.settings
  }

  /** Null before they are known. */
  answersTo(node: PromptNode, inquiry: PriceInquiry): readonly BadgeAnswer[] | null {
    const known = this.nodes.get(node)
    return (known?.inquiry === inquiry && known.answers) || null
  }

  remember(node: PromptNode, inquiry: PriceInquiry, answers: readonly BadgeAnswer[]): void {
    const known = this.nodes.get(node)
    if (known?.inquiry === inquiry && answers.every(isFinal)) known.answers = answers
  }

  priceOf(
    node: PromptNode,
    inquiry: PriceInquiry,
    answers: readonly BadgeAnswer[],
    calls: number | null,
  ): Price {
    const known = this.nodes.get(node)
    const isSame = known?.inquiry === inquiry && known.answers === answers && known.calls === calls
    if (isSame && known.price) return known.price
    const price = priceOf(inquiry, answers, calls)
    if (known?.inquiry === inquiry && known.answers === answers) {
      known.calls = calls
      known.price = price
    }
    return price
  }

  /** The same object for as long as it says the same: a page draws again only what is new. */
  estimateOf(node: PromptNode, basis: EstimateBasis, make: () => NodeEstimate): NodeEstimate {
    const known = this.nodes.get(node)
    if (known?.estimate && isSameBasis(known.estimate.basis, basis)) return known.estimate.made
    const made = make()
    if (known) known.estimate = { basis, made }
    return made
  }

  private of(node: PromptNode, info: NodeInfo): KnownNode {
    const known = this.nodes.get(node)
    if (known?.info === info) return known
    const next: KnownNode = { info }
    if (isOfItsOwn(node, info)) this.nodes.set(node, next)
    return next
  }
}

function isSameBasis(one: EstimateBasis, other: EstimateBasis): boolean {
  return (
    one.price === other.price &&
    one.costs === other.costs &&
    one.calls === other.calls &&
    one.run === other.run &&
    one.isReused === other.isReused
  )
}

/** Whether no other node may set what its price depends on. */
function isOfItsOwn({ links }: PromptNode, { inputs }: NodeInfo): boolean {
  if (links.size === 0) return true
  const slots = new Set(inputs.flatMap((spec) => (isWidget(spec) ? [] : spec.name)))
  return [...links.keys()].every((name) => slots.has(name))
}
