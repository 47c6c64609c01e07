import { readBadgeResult, type BadgeContext } from './badge.ts'
import type { BadgeAnswer, BadgeQuestion } from './badge-questions.ts'
import { directExpression, type DirectExpression } from './direct-expression.ts'
import { jsonataExpression, TooManySteps, type JsonataExpression } from './jsonata-expression.ts'

interface Compiled {
  readonly jsonata: JsonataExpression
  /** Null where only jsonata can evaluate it. */
  readonly direct: DirectExpression | null
}

const MAX_COMPILED = 2000
const compiled = new Map<string, Compiled | null>()

/** Runs in a worker: an expression can take for ever, or all memory. */
export function answerQuestion({
  expression: source,
  context,
}: BadgeQuestion): BadgeAnswer | Promise<BadgeAnswer> {
  const expression = compile(source)
  if (!expression) return { isPriced: false, failure: 'failed' }
  return answerDirectly(expression.direct, context) ?? answerBy(expression.jsonata, context)
}

/** Null where that does not say what jsonata would. */
function answerDirectly(
  direct: DirectExpression | null,
  context: BadgeContext,
): BadgeAnswer | null {
  if (direct === null) return null
  try {
    return answerOf(direct(context))
  } catch {
    return null
  }
}

async function answerBy(jsonata: JsonataExpression, context: BadgeContext): Promise<BadgeAnswer> {
  try {
    return answerOf(await jsonata.evaluate(context))
  } catch (error) {
    return { isPriced: false, failure: error instanceof TooManySteps ? 'too-many-steps' : 'failed' }
  }
}

function answerOf(json: unknown): BadgeAnswer {
  const result = readBadgeResult(json)
  return result ? { isPriced: true, result } : { isPriced: false, failure: 'no-price' }
}

/** Once for each expression: compiling takes longer than evaluating. */
function compile(source: string): Compiled | null {
  const known = compiled.get(source)
  if (known !== undefined) return known
  if (compiled.size >= MAX_COMPILED) compiled.clear()
  const jsonata = jsonataExpression(source)
  const expression = jsonata && { jsonata, direct: directExpression(jsonata.ast) }
  compiled.set(source, expression)
  return expression
}
