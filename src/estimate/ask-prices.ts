import type { BadgeAnswer, BadgeEvaluator } from './badge-questions.ts'
import type { NodeInfo, ObjectInfo } from './object-info.ts'
import type { PriceMemory } from './price-memory.ts'
import type { PriceInquiry } from './price-questions.ts'
import type { Prompt, PromptNode } from './prompt.ts'
import type { PageTurn } from './turn.ts'

/** A node that may cost. */
export interface Candidate {
  readonly node: PromptNode
  readonly info: NodeInfo
  readonly inquiry: PriceInquiry
  /** Null where they are asked for. */
  readonly known: readonly BadgeAnswer[] | null
}

/** Asked for in one request: a worker answers hundreds in the time of a few messages. */
interface AskedPrices {
  readonly candidates: readonly Candidate[]
  /** Of those without known ones, in their order. */
  readonly answers: Promise<readonly BadgeAnswer[]>
}

/**
 * Asks for the prices of all nodes that may cost. Of a large workflow the first are asked for while
 * the others are still read: the worker starts, and answers, only while the page is not busy.
 */
export async function askPrices(
  prompt: Prompt,
  objectInfo: ObjectInfo,
  evaluator: BadgeEvaluator,
  { memory, turn }: { readonly memory: PriceMemory; readonly turn: PageTurn },
): Promise<readonly AskedPrices[]> {
  const asked: AskedPrices[] = []
  let candidates: Candidate[] = []
  for (const node of prompt.values()) {
    const info = objectInfo.node(node.type)
    if (info === null || (!info.isApiNode && info.badge === null)) continue
    const inquiry = memory.inquiryOf(node, info, prompt)
    candidates.push({ node, info, inquiry, known: memory.answersTo(node, inquiry) })
    if (!turn.isLong()) continue
    asked.push({ candidates, answers: answersTo(candidates, evaluator) })
    candidates = []
    await turn.end()
  }
  asked.push({ candidates, answers: answersTo(candidates, evaluator) })
  return asked
}

async function answersTo(
  candidates: readonly Candidate[],
  evaluator: BadgeEvaluator,
): Promise<readonly BadgeAnswer[]> {
  const questions = candidates.flatMap(({ inquiry, known }) =>
    known === null && 'questions' in inquiry ? inquiry.questions : [],
  )
  return questions.length > 0 ? evaluator.evaluate(questions) : []
}

/** What came for each of them. */
export async function answersOf(
  { candidates, answers }: AskedPrices,
  memory: PriceMemory,
): Promise<readonly (readonly BadgeAnswer[])[]> {
  const all = await answers
  let next = 0
  return candidates.map(({ node, inquiry, known }) => {
    if (known !== null || !('questions' in inquiry)) return known ?? []
    const own = all.slice(next, (next += inquiry.questions.length))
    memory.remember(node, inquiry, own)
    return own
  })
}
