import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { answerQuestion } from '../../../src/estimate/answer-question.ts'
import { badgeContext } from '../../../src/estimate/badge-context.ts'
import {
  readBadge,
  readBadgeResult,
  type BadgeContext,
  type PriceBadge,
} from '../../../src/estimate/badge.ts'
import { directExpression } from '../../../src/estimate/direct-expression.ts'
import { jsonataExpression } from '../../../src/estimate/jsonata-expression.ts'
import { labelOf } from '../../../src/estimate/label.ts'

interface Recorded {
  readonly engine: string
  readonly expr: string
  readonly depends_on: object
  readonly default_context: BadgeContext
  readonly default_result: unknown
  readonly live: {
    readonly widgets: Readonly<Record<string, unknown>>
    readonly label: string
    readonly context_widgets: object
    readonly result: unknown
  }
}

const path = fileURLToPath(new URL('../../../../shared/data/price_badges.json', import.meta.url))
const isThere = existsSync(path)
const nodes: [string, Recorded][] = isThere
  ? Object.entries(
      (JSON.parse(readFileSync(path, 'utf8')) as { nodes: Record<string, Recorded> }).nodes,
    )
  : []

function badgeOf({ engine, expr, depends_on }: Recorded): PriceBadge {
  const badge = readBadge({ engine, expr, depends_on })
  if (badge === null || badge === 'unreadable') throw new Error('It should be readable.')
  return badge
}

const ask = (badge: PriceBadge, context: BadgeContext) =>
  answerQuestion({ expression: badge.expression, context })

/** What jsonata itself says in a context; null where it fails. */
function byJsonata({ expression: source }: PriceBadge) {
  // Once: it takes longer than evaluating.
  const expression = jsonataExpression(source)
  return async (context: BadgeContext) => {
    try {
      return readBadgeResult(await expression?.evaluate(context))
    } catch {
      return null
    }
  }
}

const priced = (json: unknown) => ({ isPriced: true, result: readBadgeResult(json) })

/** What an expression compares its widgets with: among it, the values of every combo. */
function textsIn(expression: string): string[] {
  return [...new Set([...expression.matchAll(/"([^"\n]*)"/g)].map(([, text]) => text ?? ''))]
}

describe.skipIf(!isThere)(
  'price lists of real nodes (skipped where ../shared is not there)',
  () => {
    it('are 229', () => {
      expect(nodes).toHaveLength(229)
    })

    it('are evaluated without jsonata, but for some', () => {
      const plain = nodes.filter(([, { expr }]) => directExpression(jsonataExpression(expr)?.ast))
      expect(plain.length).toBeGreaterThanOrEqual(220)
    })

    it.each(nodes)('%s: its results, and its label as ComfyUI drew it', async (_, recorded) => {
      const { default_context, default_result, live } = recorded
      const badge = badgeOf(recorded)
      expect(await ask(badge, default_context)).toEqual(priced(default_result))
      const context = badgeContext(badge, (name) => live.widgets[name], new Set())
      expect(context.widgets).toEqual(live.context_widgets)
      const answer = await ask(badge, context)
      expect(answer).toEqual(priced(live.result))
      expect(answer.isPriced && labelOf(answer.result)).toBe(live.label)
    })

    it.each(nodes)(
      '%s: with any other value there is a price or a failure, as jsonata has it',
      async (_, recorded) => {
        const badge = badgeOf(recorded)
        const resultByJsonata = byJsonata(badge)
        const { default_context } = recorded
        for (const { name, type } of badge.widgets) {
          const values = /COMBO|STRING/.test(type)
            ? [...textsIn(badge.expression), 'new', '']
            : [0, 1, 3, 15, 1024, 4096, true, false]
          for (const value of [...values, null]) {
            const widgets = { ...default_context.widgets, [name]: value }
            const answer = await ask(badge, { ...default_context, widgets })
            const failures = ['failed', 'no-price']
            expect(answer.isPriced || failures.includes(answer.failure)).toBe(true)
            const result = await resultByJsonata({ ...default_context, widgets })
            expect(answer.isPriced ? answer.result : null).toEqual(result)
          }
        }
      },
    )

    it.each(nodes)('%s: with everything connected', async (_, recorded) => {
      const badge = badgeOf(recorded)
      const connected = [...badge.inputs, ...badge.inputGroups.map((group) => `${group}.one`)]
      const context = badgeContext(badge, (name) => recorded.live.widgets[name], new Set(connected))
      expect(await ask(badge, context)).toMatchObject({ isPriced: true })
    })
  },
)
