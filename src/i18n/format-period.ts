/** As src/i18n/format.ts, for what is loaded later. */
import { memo } from './format.ts'

/** A day ("Nov 3"), a month or a year by its first moment, epoch milliseconds. */
export function formatPeriod(at: number, unit: 'day' | 'month' | 'year', locale: string): string {
  return dayFormat(locale, units[unit]).format(at)
}

/** "12%", of a number from 0 to 1. What is not nothing is never "0%", nor is a part "100%". */
export function formatShare(share: number, locale: string): string {
  const format = shareFormat(locale, SHARE)
  if (share > 0 && share < SMALLEST_SHARE / 2) return `< ${format.format(SMALLEST_SHARE)}`
  if (share < 1 && share >= 1 - SMALLEST_SHARE / 2) return `> ${format.format(1 - SMALLEST_SHARE)}`
  return format.format(share)
}

const units = {
  day: { month: 'short', day: 'numeric' },
  month: { month: 'short', year: 'numeric' },
  year: { year: 'numeric' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>
const SMALLEST_SHARE = 0.001
const SHARE = { style: 'percent', maximumFractionDigits: 1 } as const

const dayFormat = memo(
  (locale: string, options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, options),
)
const shareFormat = memo(
  (locale: string, options: Intl.NumberFormatOptions) => new Intl.NumberFormat(locale, options),
)
