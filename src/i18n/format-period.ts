/** As src/i18n/format.ts, for what is loaded later. */
import { memo } from './format.ts'

/** An hour ("Nov 3, 2 PM"), a day ("Nov 3"), a month or a year by its first moment, epoch milliseconds. */
export function formatPeriod(
  at: number,
  unit: 'hour' | 'day' | 'month' | 'year',
  locale: string,
): string {
  return dayFormat(locale, units[unit]).format(at)
}

/** "November": the month alone, of a time in it. */
export function formatMonth(at: number, locale: string): string {
  return dayFormat(locale, MONTH).format(at)
}

/** "14" or "Nov 1": the day of a column, with its month where one begins. */
export function formatColumnDay(at: number, isFirst: boolean, locale: string): string {
  const names = isFirst || new Date(at).getDate() === 1
  return dayFormat(locale, names ? units.day : DAY).format(at)
}

/** "2 PM" */
export function formatHour(at: number, locale: string): string {
  return dayFormat(locale, HOUR).format(at)
}

/** "12K" from ten thousand on, whole below, with decimals only below ten: for where there is no room. */
export function formatShort(figure: number, locale: string): string {
  if (figure >= SHORT_FROM) return numberFormat(locale, COMPACT).format(figure)
  return numberFormat(locale, figure >= 10 ? WHOLE : SMALL).format(figure)
}

/** "12%", of a number from 0 to 1. What is not nothing is never "0%", nor is a part "100%". */
export function formatShare(share: number, locale: string): string {
  const format = numberFormat(locale, SHARE)
  if (share > 0 && share < SMALLEST_SHARE / 2) return `< ${format.format(SMALLEST_SHARE)}`
  if (share < 1 && share >= 1 - SMALLEST_SHARE / 2) return `> ${format.format(1 - SMALLEST_SHARE)}`
  return format.format(share)
}

/** Whether a reader of the language comes to the sign after the figure: "25 $", not "$25". */
export function isDollarBehind(locale: string): boolean {
  const parts = numberFormat(locale, USD).formatToParts(1)
  const types = parts.map(({ type }) => type)
  // Persian has "$25" from left to right, in lines that go from right to left.
  const isAgainstLine = parts[0]?.value === LEFT_TO_RIGHT
  return isAgainstLine || types.indexOf('currency') > types.indexOf('integer')
}

const units = {
  hour: { month: 'short', day: 'numeric', hour: 'numeric' },
  day: { month: 'short', day: 'numeric' },
  month: { month: 'short', year: 'numeric' },
  year: { year: 'numeric' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>
const MONTH = { month: 'long' } as const
const DAY = { day: 'numeric' } as const
const HOUR = { hour: 'numeric' } as const
const SHORT_FROM = 10_000
const COMPACT = { notation: 'compact', maximumFractionDigits: 1 } as const
const WHOLE = { maximumFractionDigits: 0 } as const
const SMALL = { maximumFractionDigits: 1 } as const
const SMALLEST_SHARE = 0.001
const USD = { style: 'currency', currency: 'USD', currencyDisplay: 'narrowSymbol' } as const
const LEFT_TO_RIGHT = '\u200E'
const SHARE = { style: 'percent', maximumFractionDigits: 1 } as const

const dayFormat = memo(
  (locale: string, options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, options),
)
const numberFormat = memo(
  (locale: string, options: Intl.NumberFormatOptions) => new Intl.NumberFormat(locale, options),
)
