import {
  TOP_UP_MAX_USD,
  TOP_UP_MIN_USD,
  TOP_UP_PRESETS_USD,
} from '@comfyui-credits/contract/top-up-amounts'
import {
  creditsFromUsdMicros,
  usdFromUsdMicros,
  usdMicrosForCredits,
  usdMicrosFromCents,
  usdMicrosFromUsd,
} from '@comfyui-credits/contract/money'
import { formatTyped } from '../../i18n/format.ts'
import { parseNumber } from './parse-number.ts'

export type Unit = 'usd' | 'credits'

/** What a person has typed, and into which of the two fields. */
export interface Typed {
  readonly unit: Unit
  readonly text: string
}

/** How the person writes amounts: in the language on screen. */
export interface Writing {
  readonly locale: string
  /** What its people write beside a figure, such as "dollars". */
  readonly words: Readonly<Record<Unit, readonly string[]>>
}

export interface Rules extends Writing {
  /** What an amount must be a multiple of; one of contract/top-up-amounts.ts. */
  readonly stepUsdMicros: number
}

/** What has been typed, judged against the bounds of a top-up. */
export type Amount =
  | {
      readonly state: 'ok'
      readonly usdMicros: number
      /** The credits that were asked for, where just as many cannot be bought. */
      readonly roundedUpFrom: number | null
    }
  | { readonly state: 'empty' | 'unreadable' | 'too-small' | 'too-large' | 'not-whole' }

/** The dollar's own names, which no language changes. */
const DOLLAR_SIGNS = ['US$', 'USD', '$']

/**
 * Reads amounts as people type and paste them: "25", "$25", "1,000.00", "1.000,00", "5,275 credits".
 * Dollars are taken at their word. Credits that no permitted amount buys are rounded up.
 */
export function parseAmount(typed: Typed, rules: Rules): Amount {
  const figure = parseFigure(typed, rules)
  if (figure.state !== 'ok') return figure
  const { hundredths } = figure
  const usdMicros =
    typed.unit === 'usd'
      ? usdMicrosFromCents(hundredths)
      : usdMicrosForCredits(hundredths, rules.stepUsdMicros)
  if (usdMicros < usdMicrosFromUsd(TOP_UP_MIN_USD)) return { state: 'too-small' }
  if (usdMicros > usdMicrosFromUsd(TOP_UP_MAX_USD)) return { state: 'too-large' }
  if (usdMicros % rules.stepUsdMicros !== 0) return { state: 'not-whole' }
  const asked = hundredths / 100
  const exact = typed.unit === 'usd' || asked === creditsFromUsdMicros(usdMicros)
  return { state: 'ok', usdMicros, roundedUpFrom: exact ? null : asked }
}

/** What has been typed without judging it: whole cents, or hundredths of a credit. */
export function parseFigure(
  typed: Typed,
  writing: Writing,
):
  | { readonly state: 'ok'; readonly hundredths: number }
  | { readonly state: 'empty' | 'unreadable' } {
  const figure = bareFigure(typed, writing)
  if (figure === '') return { state: 'empty' }
  const hundredths = hundredthsIn(figure, writing.locale)
  return hundredths === null ? { state: 'unreadable' } : { state: 'ok', hundredths }
}

/** An amount as it would be typed into one of the fields. */
export function fieldText(usdMicros: number, unit: Unit, locale: string): string {
  const figure = unit === 'usd' ? usdFromUsdMicros(usdMicros) : creditsFromUsdMicros(usdMicros)
  return formatTyped(figure, locale)
}

/** The next step of whole dollars from what is typed, within the bounds; for the arrow keys. */
export function stepAmount(typed: Typed, byUsd: number, writing: Writing): string {
  const { locale } = writing
  const one = typed.unit === 'usd' ? 1 : creditsFromUsdMicros(usdMicrosFromUsd(1))
  const from = (hundredthsIn(bareFigure(typed, writing), locale) ?? 0) / (one * 100)
  const next = byUsd > 0 ? Math.floor(from) + byUsd : Math.ceil(from) + byUsd
  const usd = Math.min(TOP_UP_MAX_USD, Math.max(TOP_UP_MIN_USD, next))
  return fieldText(usdMicrosFromUsd(usd), typed.unit, locale)
}

/**
 * The least top-up after which the balance covers a cost, and is above zero: a preset where one
 * does, else whole dollars. Null when the balance does so already, or nothing that can be bought is
 * enough.
 */
export function usdToCover(balanceUsdMicros: number, costUsdMicros = 0): number | null {
  const missing = Math.max(costUsdMicros, 1) - balanceUsdMicros
  if (missing <= 0) return null
  const preset = TOP_UP_PRESETS_USD.find((usd) => usdMicrosFromUsd(usd) >= missing)
  const usd = preset ?? Math.ceil(missing / usdMicrosFromUsd(1))
  return usd <= TOP_UP_MAX_USD ? usd : null
}

/** Without the words around it: an amount is often copied from somewhere. */
function bareFigure({ unit, text }: Typed, { locale, words }: Writing): string {
  const names = unit === 'usd' ? [...words.usd, ...DOLLAR_SIGNS] : words.credits
  const anyName = names
    .map((name) => plain(name, locale).replaceAll(/[$.|()*+?[\]\\{}^]/g, String.raw`\$&`))
    .sort((one, other) => other.length - one.length) // "credit" is a part of "credits"
    .join('|')
  const around = new RegExp(`^(?:\\s*(?:${anyName}))+|(?:(?:${anyName})\\s*)+$`, 'gu')
  return plain(text, locale).trim().replaceAll(around, '').trim()
}

/** Marks of a direction are not seen, and come with an amount that is copied. */
function plain(text: string, locale: string): string {
  return text
    .normalize('NFKC')
    .replaceAll(/\p{Cf}/gu, '')
    .toLocaleLowerCase(locale)
}

/** Cents, or hundredths of a credit. Null for no number, and for one with more than two decimals. */
function hundredthsIn(figure: string, locale: string): number | null {
  const number = parseNumber(figure, locale)
  if (number === null || Number(number.toFixed(2)) !== number) return null
  return Math.round(number * 100)
}
