import jsonata from 'jsonata'
import type { BadgeContext } from './badge.ts'

/** An expression with limits. Its evaluation throws where it fails. */
export interface JsonataExpression {
  readonly ast: unknown
  evaluate(context: BadgeContext): Promise<unknown>
}

/** Most bad expressions end at these limits, on a slow machine too. Only the rest cost a worker. */
const LIMITS = { stack: 300, sequence: 10_000 }
/** Parts of an expression that are evaluated. The longest of ComfyUI's own has 200. */
const MAX_STEPS = 2000
const MAX_LENGTH = 200_000

/**
 * Texts double in one step, and a function multiplies one by the length of a sequence. A worker that
 * runs out of memory may take its process along, so no text gets that long.
 */
const MAX_TEXT = 10_000

/** jsonata calls what is bound to this name after each step. */
const AFTER_STEP = Symbol.for('jsonata.__evaluate_exit')

export class TooManySteps extends Error {}
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

/** Null for anything but an expression. One is evaluated after the other. */
export function jsonataExpression(source: string): JsonataExpression | null {
  if (source.length > MAX_LENGTH) return null
  try {
    const expression = jsonata(source, LIMITS)
    Reflect.apply(expression.assign, expression, [AFTER_STEP, checkStep])
    expression.registerFunction('pad', pad, '<s-ns?:s>')
    return {
      ast: expression.ast(),
      evaluate(context) {
        steps = 0
        return expression.evaluate(context)
      },
    }
  } catch {
    return null
  }
}
