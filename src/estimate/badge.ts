import { asArray, asRecord, asText, isRecord, type JsonRecord } from './json.ts'

/** A node's price as ComfyUI ships it: an expression over widgets and connected inputs. */
export interface PriceBadge {
  readonly engine: string
  readonly expression: string
  readonly widgets: readonly { readonly name: string; readonly type: string }[]
  /** Inputs whose being connected changes the price. */
  readonly inputs: readonly string[]
  /** Groups of inputs (`group.1`, `group.2`, …) whose number changes the price. */
  readonly inputGroups: readonly string[]
}

/** What an expression works on, in the names that ComfyUI gives it. */
export interface BadgeContext {
  readonly widgets: Readonly<Record<string, BadgeValue>>
  readonly inputs: Readonly<Record<string, { readonly connected: boolean }>>
  readonly inputGroups: Readonly<Record<string, number>>
}

export type BadgeValue = number | boolean | string | null

export interface BadgeFormat {
  readonly approximate: boolean
  readonly separator: string | null
  /** What the price is for, such as `/second`; null for a whole run of the node. */
  readonly suffix: string | null
  readonly note: string | null
}

export type BadgeResult =
  | { readonly kind: 'usd'; readonly usd: number; readonly format: BadgeFormat }
  | {
      readonly kind: 'range'
      readonly minUsd: number
      readonly maxUsd: number
      readonly format: BadgeFormat
    }
  | { readonly kind: 'list'; readonly usd: readonly number[]; readonly format: BadgeFormat }
  | { readonly kind: 'text'; readonly text: string }

/** A node's price is some dollars. Beyond this an expression is broken, and sums lose precision. */
const MAX_USD = 1e6
const MAX_PRICES = 100
const MAX_TEXT = 300

export function readBadge(json: unknown): PriceBadge | 'unreadable' | null {
  if (json === undefined || json === null) return null
  const badge = asRecord(json)
  const expression = asText(badge['expr'])
  if (!expression) return 'unreadable'
  const dependsOn = asRecord(badge['depends_on'])
  return {
    engine: asText(badge['engine']) ?? 'jsonata',
    expression,
    widgets: asArray(dependsOn['widgets']).flatMap((widget) => {
      const { name, type } = asRecord(widget)
      return typeof name === 'string' ? [{ name, type: asText(type) ?? '' }] : []
    }),
    inputs: texts(dependsOn['inputs']),
    inputGroups: texts(dependsOn['input_groups']),
  }
}

const texts = (json: unknown): string[] =>
  asArray(json).filter((text): text is string => typeof text === 'string')

/** Null for nonsense: an expression may return anything. */
export function readBadgeResult(json: unknown): BadgeResult | null {
  if (!isRecord(json)) return null
  const format = readFormat(json['format'])
  switch (json['type']) {
    case 'text':
      return typeof json['text'] === 'string' ? { kind: 'text', text: clip(json['text']) } : null
    case 'usd':
    case undefined: // ComfyUI accepts an amount without a type.
      return isPrice(json['usd']) ? { kind: 'usd', usd: json['usd'], format } : null
    case 'range_usd':
      return readRange(json, format)
    case 'list_usd':
      return readList(json, format)
    default:
      return null
  }
}

function readRange(json: JsonRecord, format: BadgeFormat): BadgeResult | null {
  const { min_usd: minUsd, max_usd: maxUsd } = json
  if (!isPrice(minUsd) || !isPrice(maxUsd) || minUsd > maxUsd) return null
  return { kind: 'range', minUsd, maxUsd, format }
}

function readList(json: JsonRecord, format: BadgeFormat): BadgeResult | null {
  const usd = asArray(json['usd']).slice(0, MAX_PRICES)
  return usd.length > 0 && usd.every(isPrice) ? { kind: 'list', usd, format } : null
}

function readFormat(json: unknown): BadgeFormat {
  const { approximate, separator, suffix, note } = asRecord(json)
  return {
    approximate: approximate === true,
    separator: clippedText(separator),
    suffix: clippedText(suffix),
    note: clippedText(note),
  }
}

const isPrice = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= MAX_USD

const clippedText = (value: unknown): string | null =>
  typeof value === 'string' ? clip(value) : null

const clip = (text: string): string => text.slice(0, MAX_TEXT)
