import { usdMicrosFromUsd } from '../../contract/money.ts'
import { TOP_UP_MAX_USD, TOP_UP_MIN_USD } from '../../contract/limits.ts'

/** What a person has typed as an amount, judged against the bounds of a top-up. */
export type Amount =
  | { readonly state: 'ok'; readonly usdMicros: number }
  | { readonly state: 'empty' | 'unreadable' | 'too-small' | 'too-large' | 'not-whole' }

const DIGITS = /^\d{1,9}(\.\d{1,2})?$/

/**
 * Reads dollars as people type them: "25", "$25", "1,000", "25.00". Only whole dollars can be
 * bought: ComfyUI's own API takes nothing else.
 */
export function parseAmount(text: string): Amount {
  const typed = text.replace(/^\s*(?:US)?\$?\s*/i, '').trim()
  if (typed === '') return { state: 'empty' }
  const digits = /^\d{1,3}(,\d{3})+(\.\d+)?$/.test(typed) ? typed.replaceAll(',', '') : typed
  if (!DIGITS.test(digits)) return { state: 'unreadable' }
  const usd = Number(digits)
  if (usd < TOP_UP_MIN_USD) return { state: 'too-small' }
  if (usd > TOP_UP_MAX_USD) return { state: 'too-large' }
  if (!Number.isInteger(usd)) return { state: 'not-whole' }
  return { state: 'ok', usdMicros: usdMicrosFromUsd(usd) }
}

/** The next whole-dollar step from what is typed, within the bounds; for the arrow keys. */
export function stepAmount(text: string, byUsd: number): string {
  const typed = Number(text.replace(/[^\d.]/g, ''))
  const from = Number.isFinite(typed) ? typed : 0
  const next = byUsd > 0 ? Math.floor(from) + byUsd : Math.ceil(from) + byUsd
  return String(Math.min(TOP_UP_MAX_USD, Math.max(TOP_UP_MIN_USD, next)))
}
