import jsonata from 'jsonata'
import { readBadgeResult } from './badge.ts'
import type { BadgeAnswer, BadgeQuestion } from './badge-questions.ts'

type Expression = ReturnType<typeof jsonata>

/** Most bad expressions end at these limits, on a slow machine too. Only the rest cost a worker. */
const LIMITS = { stack: 300, sequence: 10_000 }
/** Parts of an expression that are evaluated. The longest of ComfyUI's own has 200. */
const MAX_STEPS = 2000
const MAX_LENGTH = 200_000
const MAX_COMPILED = 2000

/**
 * Texts double in one step, and a function multiplies one by the length of a sequence. A worker that
 * runs out of memory may take its process along, so no text gets that long.
 */
const MAX_TEXT = 10_000

/** jsonata calls what is bound to this name after each step. */
const AFTER_STEP = Symbol.for('jsonata.__evaluate_exit')

class TooManySteps extends Error {}
class TextTooLong extends Error {}

let steps = 0

function checkStep(...[, , , result]: [unknown, unknown, unknown, unknown]): void {
  steps += 1
  if (steps > MAX_STEPS) throw new TooManySteps()
  if (typeof result === 'string' && result.length > MAX_TEXT) throw new TextTooLong()
}

/** jsonata's own takes any width. */
function pad(text: string | undefined, width: number, filler?: string): string | undefined {
  if (Math.abs(width) > MAX_TEXT) throw new TextTooLong()
  const fill = filler === '' ? ' ' : filler
  return width < 0 ? text?.padStart(-width, fill) : text?.padEnd(width, fill)
}

const compiled = new Map<string, Expression | null>()

/** Runs in a worker: an expression can take for ever, or all memory. */
export async function answerQuestion({
  expression: source,
  context,
}: BadgeQuestion): Promise<BadgeAnswer> {
  const expression = compile(source)
  if (!expression) return { isPriced: false, failure: 'failed' }
  steps = 0
  try {
    const result = readBadgeResult(await expression.evaluate(context))
    return result ? { isPriced: true, result } : { isPriced: false, failure: 'no-price' }
  } catch (error) {
    return { isPriced: false, failure: error instanceof TooManySteps ? 'too-many-steps' : 'failed' }
  }
}

/** Once for each expression: compiling takes longer than evaluating. */
function compile(source: string): Expression | null {
  const known = compiled.get(source)
  if (known !== undefined) return known
  if (compiled.size >= MAX_COMPILED) compiled.clear()
  const expression = source.length > MAX_LENGTH ? null : tryToCompile(source)
  compiled.set(source, expression)
  return expression
}

function tryToCompile(source: string): Expression | null {
  try {
    const expression = jsonata(source, LIMITS)
    Reflect.apply(expression.assign, expression, [AFTER_STEP, checkStep])
    expression.registerFunction('pad', pad, '<s-ns?:s>')
    return expression
  } catch {
    return null
  }
}
