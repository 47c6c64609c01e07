import { finiteNumber } from './badge-context.ts'
import type { BadgeFormat } from './badge.ts'

/** How many units a node will pay for. */
export interface Quantity {
  readonly min: number
  readonly max: number
}

/** A widget by its full name. Undefined where its value shows only in the run. */
export type KnownWidgets = ReadonlyMap<string, unknown>

const isNamed = (names: ReadonlySet<string>, name: string): boolean => names.has(lastPart(name))

/** Whether a widget says how many units a node pays for. */
export const isQuantity = (widget: string): boolean =>
  [DURATIONS, COUNTS, LIMITS].some((names) => isNamed(names, widget))

const ONE: Quantity = { min: 1, max: 1 }

/** Null where a price is for a unit whose number is not known before the run. */
export function quantityOf(
  { suffix, note }: Pick<BadgeFormat, 'suffix' | 'note'>,
  widgets: () => KnownWidgets,
): Quantity | null {
  const unit = (suffix ?? '').trim().toLowerCase()
  if (unit === '' || unit === '/run') return ONE
  const rule = units.find(({ pattern }) => pattern.test(unit))
  // "input + output", "by source length": of something that is not in the workflow.
  const isOfInput = /\b(input|source)\b/i.test(note ?? '')
  return rule && !isOfInput ? rule.quantity(widgets()) : null
}

const exactly = (count: number): Quantity => ({ min: count, max: count })

const units: readonly {
  readonly pattern: RegExp
  readonly quantity: (widgets: KnownWidgets) => Quantity | null
}[] = [
  { pattern: /^\/ ?s(ec(ond)?s?)?$/, quantity: (widgets) => seconds(widgets, 1) },
  { pattern: /^\/ ?min(ute)?s?$/, quantity: (widgets) => seconds(widgets, 60) },
  { pattern: /^\/ ?image( \([^)]*\))?$/, quantity: (widgets) => images(widgets, ONE) },
  { pattern: /^x images?(\/run)?$/, quantity: (widgets) => images(widgets, null) },
  {
    pattern: /^\/ ?1?k (chars|characters)$/,
    quantity: (widgets) => thousands(widgets, (text) => [...text].length),
  },
  {
    pattern: /^\/ ?1?k bytes$/,
    quantity: (widgets) => thousands(widgets, (text) => new TextEncoder().encode(text).length),
  },
]

const DURATIONS = new Set(['duration', 'duration_seconds', 'seconds', 'video_length'])

function seconds(widgets: KnownWidgets, perUnit: number): Quantity | null {
  const [duration, ...others] = named(widgets, DURATIONS)
  const text = String(duration ?? '').replace(/ ?s(ec(onds)?)?$/i, '')
  const count = finiteNumber(text)
  return count !== null && count > 0 && others.length === 0 ? exactly(count / perUnit) : null
}

const COUNTS = new Set(['n', 'num_images', 'number_of_images', 'image_count'])
const LIMITS = new Set(['max_images', 'sequential_image_generation'])

/** `otherwise` is for a node that has no widget for it. */
function images(widgets: KnownWidgets, otherwise: Quantity | null): Quantity | null {
  const [count, ...others] = named(widgets, COUNTS)
  if (count !== undefined) return others.length === 0 ? wholeNumber(count) : null
  const [most] = named(widgets, new Set(['max_images']))
  if (most === undefined) return otherwise
  const [mode] = named(widgets, new Set(['sequential_image_generation']))
  if (mode === 'disabled') return ONE
  const limit = wholeNumber(most)
  return limit && { min: 1, max: limit.max }
}

function wholeNumber(value: unknown): Quantity | null {
  const count = finiteNumber(value)
  return count !== null && Number.isInteger(count) && count > 0 ? exactly(count) : null
}

/** Of the texts that are spoken: `text`, or `text1`, `text2`, … */
function thousands(widgets: KnownWidgets, lengthOf: (text: string) => number): Quantity | null {
  let length = 0
  for (const [name, value] of widgets) {
    if (!/^text\d*$/.test(lastPart(name))) continue
    if (typeof value !== 'string') return null
    length += lengthOf(value)
  }
  // An empty text is refused by the server, so it has no price either.
  return length > 0 ? exactly(length / 1000) : null
}

/** Of a full name such as `model.duration`. */
const lastPart = (name: string): string => name.slice(name.lastIndexOf('.') + 1)

/** The values of widgets whose last part has one of these names; undefined of those unknown. */
function named(widgets: KnownWidgets, names: ReadonlySet<string>): unknown[] {
  return [...widgets].flatMap(([name, value]) => (isNamed(names, name) ? [value ?? ''] : []))
}
