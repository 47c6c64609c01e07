import { usdMicrosFromCents, usdMicrosFromUsd } from './money.ts'

/** Bounds and presets of a top-up in whole US dollars, as ComfyUI's own purchase has them. */
export const TOP_UP_MIN_USD = 5
export const TOP_UP_MAX_USD = 10_000
export const TOP_UP_PRESETS_USD = [10, 25, 50, 100] as const
/** The preset that a purchase begins with where nothing is known of what is needed. */
export const TOP_UP_DEFAULT_USD = 25 satisfies (typeof TOP_UP_PRESETS_USD)[number]

/** What an amount is a multiple of: whole dollars, or cents where `topup_cents` is a feature. */
export const TOP_UP_STEPS_USD_MICROS = {
  dollars: usdMicrosFromUsd(1),
  cents: usdMicrosFromCents(1),
} as const
