/** As src/i18n/format.ts, for what is rarely needed. */
import { memo } from './format.ts'

const MINUTE_MS = 60_000
const UNITS = [
  { unit: 'day', ms: 24 * 60 * MINUTE_MS },
  { unit: 'hour', ms: 60 * MINUTE_MS },
  { unit: 'minute', ms: MINUTE_MS },
] as const

/** "2 days", "3 hours": a length of time in its largest whole unit. */
export function formatSpan(ms: number, locale: string): string {
  const { unit, ms: size } = UNITS.find((each) => Math.round(ms / each.ms) >= 1) ?? UNITS[2]
  return unitFormat(locale, unit).format(Math.round(ms / size))
}

const unitFormat = memo(
  (locale: string, unit: string) =>
    new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }),
)
