import type { BadgeContext, BadgeValue, PriceBadge } from './badge.ts'

/** A widget's value as ComfyUI gives it to an expression; null where there is none. */
function badgeValue(value: unknown, type: string): BadgeValue {
  if (value === undefined || value === null) return null
  switch (type.toUpperCase()) {
    case 'INT':
    case 'FLOAT':
      return finiteNumber(value)
    case 'BOOLEAN':
      return booleanOf(value)
    case 'COMBO':
      return typeof value === 'number' || typeof value === 'boolean' ? value : folded(value)
    default:
      return folded(value)
  }
}

export function finiteNumber(value: unknown): number | null {
  if (typeof value !== 'number' && (typeof value !== 'string' || value.trim() === '')) return null
  const number = Number(value)
  return Number.isFinite(number) ? number : null
}

export function booleanOf(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value
  if (typeof value !== 'string') return null
  const text = folded(value)
  return text === 'true' || (text === 'false' ? false : null)
}

const folded = (value: unknown): string => String(value).trim().toLowerCase()

/** `connected` are the inputs that come from nodes that are queued too. */
export function badgeContext(
  badge: PriceBadge,
  valueOf: (widget: string, place: number) => unknown,
  connected: ReadonlySet<string>,
): BadgeContext {
  return {
    widgets: Object.fromEntries(
      badge.widgets.map(({ name, type }, place) => [name, badgeValue(valueOf(name, place), type)]),
    ),
    inputs: Object.fromEntries(
      badge.inputs.map((name) => [name, { connected: connected.has(name) }]),
    ),
    inputGroups: Object.fromEntries(
      badge.inputGroups.map((group) => [
        group,
        [...connected].filter((name) => name.startsWith(`${group}.`)).length,
      ]),
    ),
  }
}
