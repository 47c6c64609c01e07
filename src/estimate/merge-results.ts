import type { BadgeFormat, BadgeResult } from './badge.ts'

export type Priced = Exclude<BadgeResult, { kind: 'text' }>

/**
 * One price for all values that a widget may get in the run: a range, unless it makes no difference.
 * Null where they are not prices of the same unit.
 */
export function mergeResults(results: readonly BadgeResult[]): BadgeResult | null {
  const [first, ...others] = results
  if (!first || others.every((other) => JSON.stringify(other) === JSON.stringify(first))) {
    return first ?? null
  }
  if (first.kind === 'text') return null
  const priced = results.filter((result): result is Priced => result.kind !== 'text')
  const isSameUnit = priced.every(({ format }) => format.suffix === first.format.suffix)
  if (priced.length < results.length || !isSameUnit) return null
  const bounds = priced.flatMap(boundsOf)
  const format: BadgeFormat = {
    ...first.format,
    approximate: priced.some(({ format: { approximate } }) => approximate),
  }
  return { kind: 'range', minUsd: Math.min(...bounds), maxUsd: Math.max(...bounds), format }
}

/** The lowest and the highest that it may be. */
export function boundsOf(result: Priced): [min: number, max: number] {
  switch (result.kind) {
    case 'usd':
      return [result.usd, result.usd]
    case 'range':
      return [result.minUsd, result.maxUsd]
    case 'list':
      return [Math.min(...result.usd), Math.max(...result.usd)]
  }
}
