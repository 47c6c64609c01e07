import type { BadgeAnswer } from './badge-questions.ts'
import type { NodeInfo } from './object-info.ts'
import { priceOf, type Price } from './price.ts'
import { inquire, type PriceInquiry } from './price-questions.ts'
import { settingsKey } from './settings-key.ts'
import { isWidget } from './inputs.ts'
import type { Prompt, PromptNode } from './prompt.ts'

interface KnownPrice {
  readonly answers: readonly BadgeAnswer[]
  readonly calls: number | null
  readonly price: Price
}

/** What was asked of a node, and what came of it: the same for as long as the node stays the same. */
export class PriceMemory {
  private readonly inquiries = new WeakMap<PromptNode, [NodeInfo, PriceInquiry]>()
  private readonly prices = new WeakMap<PriceInquiry, KnownPrice>()
  private readonly settings = new WeakMap<PromptNode, [NodeInfo, string | null]>()

  inquiryOf(node: PromptNode, info: NodeInfo, prompt: Prompt): PriceInquiry {
    const known = this.inquiries.get(node)
    if (known?.[0] === info) return known[1]
    const inquiry = inquire(node, info, prompt)
    if (isOfItsOwn(node, info)) this.inquiries.set(node, [info, inquiry])
    return inquiry
  }

  settingsOf(node: PromptNode, info: NodeInfo, prompt: Prompt): string | null {
    const known = this.settings.get(node)
    if (known?.[0] === info) return known[1]
    const key = settingsKey(node, info, prompt)
    if (isOfItsOwn(node, info)) this.settings.set(node, [info, key])
    return key
  }

  priceOf(inquiry: PriceInquiry, answers: readonly BadgeAnswer[], calls: number | null): Price {
    const known = this.prices.get(inquiry)
    const isSame =
      known?.calls === calls &&
      known.answers.length === answers.length &&
      known.answers.every((answer, index) => answer === answers[index])
    if (known && isSame) return known.price
    const price = priceOf(inquiry, answers, calls)
    this.prices.set(inquiry, { answers, calls, price })
    return price
  }
}

/** Whether no other node may set what its price depends on. */
function isOfItsOwn({ links }: PromptNode, { inputs }: NodeInfo): boolean {
  if (links.size === 0) return true
  const slots = new Set(inputs.flatMap((spec) => (isWidget(spec) ? [] : spec.name)))
  return [...links.keys()].every((name) => slots.has(name))
}
