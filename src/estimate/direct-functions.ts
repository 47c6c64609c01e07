/** An expression, or a value in it, whose meaning is left to jsonata. */
export class NotDirect extends Error {}

/** So that texts do not grow: one may be joined with itself at each step. */
const MAX_TEXT = 10_000
const NUMBER = /^-?\d+(\.\d+)?$/

export function numberOf(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new NotDirect()
  return value
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new NotDirect()
  return value
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

function objectOf(value: unknown): object {
  if (!isObject(value) || Array.isArray(value)) throw new NotDirect()
  return value
}

/** As jsonata casts it; nothing counts as false. */
export function truthOf(value: unknown): boolean {
  if (typeof value === 'boolean') return value
  if (value === undefined || value === null) return false
  return typeof value === 'string' ? value !== '' : numberOf(value) !== 0
}

/** Of nothing, of a text or of a number there is nothing. */
export function fieldOf(value: unknown, name: string): unknown {
  if (!isObject(value)) return undefined
  const fields = objectOf(value)
  return Object.hasOwn(fields, name) ? (fields as Record<string, unknown>)[name] : undefined
}

export function joined(a: unknown, b: unknown): string {
  const text = written(a) + written(b)
  if (text.length > MAX_TEXT) throw new NotDirect()
  return text
}

function written(value: unknown): string {
  return Number.isInteger(value) ? String(value) : textOf(value)
}

export function areEqual(a: unknown, b: unknown): boolean {
  if (isObject(a) && isObject(b)) throw new NotDirect()
  return a === b
}

/** Halves go to the even number, as decimals and not as the processor has them. */
function rounded(value: number, decimals = 0): number {
  const shifted = shift(value, decimals)
  const up = Math.round(shifted)
  const isHalf = Math.abs(up - shifted) === 0.5
  return shift(isHalf && Math.abs(up % 2) === 1 ? up - 1 : up, -decimals) + 0
}

function shift(value: number, decimals: number): number {
  if (decimals === 0) return value
  const [digits = '', exponent = '0'] = String(value).split('e')
  return Number(`${digits}e${Number(exponent) + decimals}`)
}

function something(value: unknown): unknown {
  if (value === undefined) throw new NotDirect()
  return value
}

type DirectFunction = (first: unknown, second: unknown) => unknown

const ofNumber =
  (apply: (value: number) => number): DirectFunction =>
  (value) =>
    apply(numberOf(value))

const ofNumbers =
  (apply: (values: readonly number[]) => number): DirectFunction =>
  (values) => {
    if (!Array.isArray(values) || values.length === 0) throw new NotDirect()
    return apply(values.map(numberOf))
  }

/** By name, and by how many arguments there are: with fewer jsonata takes the context for one. */
export const directFunctions = new Map<string, DirectFunction>([
  ['abs/1', ofNumber(Math.abs)],
  ['ceil/1', ofNumber(Math.ceil)],
  ['floor/1', ofNumber(Math.floor)],
  ['round/1', ofNumber(rounded)],
  ['round/2', (value, decimals) => rounded(numberOf(value), numberOf(decimals))],
  ['max/1', ofNumbers((values) => Math.max(...values))],
  ['min/1', ofNumbers((values) => Math.min(...values))],
  ['sum/1', ofNumbers((values) => values.reduce((sum, value) => sum + value, 0))],
  ['contains/2', (text, part) => textOf(text).includes(textOf(part))],
  ['exists/1', (value) => value !== undefined],
  ['length/1', (text) => Array.from(textOf(text)).length],
  ['lookup/2', (value, name) => fieldOf(objectOf(value), textOf(name))],
  ['lowercase/1', (text) => textOf(text).toLowerCase()],
  ['not/1', (value) => !truthOf(something(value))],
  ['number/1', (value) => (typeof value === 'number' ? value : numberIn(textOf(value)))],
  ['string/1', (value) => written(value)],
  ['type/1', (value) => typeOf(something(value))],
])

function numberIn(text: string): number {
  if (!NUMBER.test(text)) throw new NotDirect()
  return Number(text)
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value === 'number') numberOf(value)
  return Array.isArray(value) ? 'array' : typeof value
}
