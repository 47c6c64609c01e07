import { usdMicrosFromUsd } from '../../contract/money.ts'
import { TOP_UP_MAX_USD, TOP_UP_MIN_USD, TOP_UP_PRESETS_USD } from '../../contract/limits.ts'
import { parseNumber } from './number-text.ts'

/** What a person has typed as an amount, judged against the bounds of a top-up. */
export type Amount =
  | { readonly state: 'ok'; readonly usdMicros: number }
  | { readonly state: 'empty' | 'unreadable' | 'too-small' | 'too-large' | 'not-whole' }

/**
 * Reads dollars as people type and paste them: "25", "$25", "1,000.00", "1.000,00". Only whole
 * dollars can be bought: ComfyUI's own API takes nothing else.
 */
export function parseAmount(text: string, locale: string): Amount {
  const typed = text
    .normalize('NFKC')
    .replaceAll(/US\$|USD|\$/gi, '')
    .trim()
  if (typed === '') return { state: 'empty' }
  const usd = parseNumber(typed, locale)
  if (usd === null || !Number.isInteger(Math.round(usd * 1e4) / 100)) return { state: 'unreadable' }
  if (usd < TOP_UP_MIN_USD) return { state: 'too-small' }
  if (usd > TOP_UP_MAX_USD) return { state: 'too-large' }
  if (!Number.isInteger(usd)) return { state: 'not-whole' }
  return { state: 'ok', usdMicros: usdMicrosFromUsd(usd) }
}

/** The next whole-dollar step from what is typed, within the bounds; for the arrow keys. */
export function stepAmount(text: string, byUsd: number, locale: string): string {
  const from = parseNumber(text.normalize('NFKC').replaceAll(/US\$|USD|\$/gi, ''), locale) ?? 0
  const next = byUsd > 0 ? Math.floor(from) + byUsd : Math.ceil(from) + byUsd
  return String(Math.min(TOP_UP_MAX_USD, Math.max(TOP_UP_MIN_USD, next)))
}

/**
 * The least that makes a balance positive: a preset where one does, else whole dollars. Null when
 * the balance is positive, or nothing that can be bought is enough.
 */
export function usdToPositive(balanceUsdMicros: number): number | null {
  if (balanceUsdMicros > 0) return null
  const preset = TOP_UP_PRESETS_USD.find((usd) => balanceUsdMicros + usdMicrosFromUsd(usd) > 0)
  if (preset !== undefined) return preset
  const usd = Math.floor(-balanceUsdMicros / usdMicrosFromUsd(1)) + 1
  return usd <= TOP_UP_MAX_USD ? usd : null
}
