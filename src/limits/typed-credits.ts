import { MAX_USD_MICROS, usdMicrosFromCredits } from '@comfyui-credits/contract/money'
import { parseFigure, type Writing } from '../purchase/amount/amount.ts'
import { parseNumber } from '../purchase/amount/parse-number.ts'
import { MAX_RUNAWAY_MINUTES } from './limit.ts'

/** Credits as a person has typed them. */
export type TypedCredits =
  | { readonly state: 'ok'; readonly usdMicros: number }
  | { readonly state: 'unreadable' | 'zero' }

/** Reads "20", "1,000 credits", "12.66"; a limit has no upper bound that anybody meets. */
export function parseCredits(text: string, writing: Writing): TypedCredits {
  const figure = parseFigure({ unit: 'credits', text }, writing)
  if (figure.state !== 'ok') return { state: 'unreadable' }
  if (figure.hundredths === 0) return { state: 'zero' }
  const usdMicros = usdMicrosFromCredits(figure.hundredths / 100)
  return usdMicros > MAX_USD_MICROS ? { state: 'unreadable' } : { state: 'ok', usdMicros }
}

/** Whole minutes; null for anything else. */
export function parseMinutes(text: string, locale: string): number | null {
  const minutes = parseNumber(text, locale)
  if (minutes === null || !Number.isInteger(minutes)) return null
  return minutes >= 1 && minutes <= MAX_RUNAWAY_MINUTES ? minutes : null
}
