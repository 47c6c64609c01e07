/** Figures and times as the person's language writes them. All functions are pure. */

const FALLBACK_LOCALE = 'en'

/** The host's locale if Intl knows it, else English: a strange setting must not break the panel. */
export function supportedLocale(tag: string): string {
  try {
    return Intl.NumberFormat.supportedLocalesOf(tag)[0] ?? FALLBACK_LOCALE
  } catch (error) {
    if (error instanceof RangeError) return FALLBACK_LOCALE
    throw error
  }
}

/** Credits with two decimals, or none when whole; "< 0.01" for less than half a hundredth. */
export function formatCredits(credits: number, locale: string): string {
  return formatAmount(credits, numberFormat(locale, CREDITS))
}

/**
 * As `formatCredits`, with a sign in front of everything but zero. A charge of less than half a
 * hundredth is "< 0.01", without a sign.
 */
export function formatSignedCredits(credits: number, locale: string): string {
  if (!isTiny(credits)) return withMinus(numberFormat(locale, SIGNED_CREDITS).format(credits))
  const tiny = formatCredits(Math.abs(credits), locale)
  return credits < 0 ? tiny : `+${tiny}`
}

/**
 * Most languages are given a hyphen for it, which is shorter than a plus. In Arabic its mark would
 * also take the dollars to the right of a figure, where those without a minus have them at the left.
 */
function withMinus(figure: string): string {
  return figure.replace('-', '\u2212').replace(/^\u200F\u200E([^\u00A0]+)/, '\u200F\u2066$1\u2069')
}

/** Credits with all the decimals there are, up to the micro-USD. */
export function formatExactCredits(credits: number, locale: string): string {
  return withMinus(numberFormat(locale, EXACT).format(credits === 0 ? 0 : credits))
}

/**
 * Dollars and cents; "< $0.01" for less than half a cent. Whole dollars are written without cents
 * when `whole`.
 */
export function formatUsd(usd: number, locale: string, options: { whole?: boolean } = {}): string {
  return kept(formatAmount(usd, numberFormat(locale, options.whole ? WHOLE_USD : USD)))
}

/** Dollars with all the decimals there are, up to the micro-USD. */
export function formatExactUsd(usd: number, locale: string): string {
  return kept(withMinus(numberFormat(locale, EXACT_USD).format(usd === 0 ? 0 : usd)))
}

/** Arabic writes "US$" behind the figure, whose end would go to the other side of its letters. */
function kept(amount: string): string {
  return amount.replace(/S\$(?=\u2069?$)/, '$&\u200E')
}

const HUNDREDTH = 0.01

/** Two decimals would make nothing of it, or even "-0". */
export function isTiny(amount: number): boolean {
  return amount !== 0 && Math.abs(amount) < HUNDREDTH / 2
}

function formatAmount(amount: number, format: Intl.NumberFormat): string {
  if (!isTiny(amount)) return withMinus(format.format(amount === 0 ? 0 : amount))
  return amount > 0
    ? compared('<', format.format(HUNDREDTH))
    : compared('>', withMinus(format.format(-HUNDREDTH)))
}

/**
 * An amount that goes from right to left itself, as Arabic and Hebrew write dollars, would take the
 * sign to its right, turned round: in a column it would move the digits out of their line.
 */
function compared(sign: '<' | '>', amount: string): string {
  return amount.startsWith('\u200F') ? `\u200E${sign} \u2067${amount}\u2069` : `${sign} ${amount}`
}

/** As it stands in a field: decimals only where there are some. */
export function formatTyped(value: number, locale: string): string {
  return numberFormat(locale, CREDITS).format(value)
}

/** "8.4 sec", "2.5 min": short, of a call that took so long. */
export function formatDuration(ms: number, locale: string): string {
  const inMinutes = ms >= 2 * MINUTE_MS
  const options = { ...DURATION, unit: inMinutes ? 'minute' : 'second' } as const
  return numberFormat(locale, options).format(ms / (inMinutes ? MINUTE_MS : 1000))
}

export function formatCount(count: number, locale: string): string {
  return numberFormat(locale, COUNT).format(count)
}

/** The day and the minute, short enough for a table: the year only where it is another one. */
export function formatMoment(at: number, now: number, locale: string): string {
  const thisYear = new Date(at).getFullYear() === new Date(now).getFullYear()
  return dateFormat(locale, thisYear ? MOMENT : MOMENT_WITH_YEAR).format(at)
}

/** To the second, to compare it with an invoice. `at` is epoch milliseconds. */
export function formatExactMoment(at: number, locale: string): string {
  return dateFormat(locale, { dateStyle: 'full', timeStyle: 'long' }).format(at)
}

/** The day alone, with its name. `at` is epoch milliseconds. */
export function formatDay(at: number, locale: string): string {
  return dateFormat(locale, { dateStyle: 'full' }).format(at)
}

const MOMENT = { month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' } as const
const MOMENT_WITH_YEAR = { ...MOMENT, year: 'numeric' } as const

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** "2 min. ago"; null when it is less than a minute, for which a language has its own words. */
export function formatAge(ageMs: number, locale: string): string | null {
  if (ageMs < MINUTE_MS) return null
  const format = new Intl.RelativeTimeFormat(locale, { style: 'short' })
  if (ageMs < HOUR_MS) return format.format(-Math.floor(ageMs / MINUTE_MS), 'minute')
  if (ageMs < DAY_MS) return format.format(-Math.floor(ageMs / HOUR_MS), 'hour')
  return format.format(-Math.floor(ageMs / DAY_MS), 'day')
}

const CREDITS = {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
  trailingZeroDisplay: 'stripIfInteger',
} as const satisfies Intl.NumberFormatOptions
const SIGNED_CREDITS = { ...CREDITS, signDisplay: 'exceptZero' } as const
const EXACT = { maximumFractionDigits: 6 } as const
const USD = { style: 'currency', currency: 'USD', currencyDisplay: 'narrowSymbol' } as const
const EXACT_USD = { ...USD, maximumFractionDigits: 6 } as const
const WHOLE_USD = { ...USD, trailingZeroDisplay: 'stripIfInteger' } as const
const DURATION = {
  style: 'unit',
  unitDisplay: 'short',
  maximumFractionDigits: 1,
} as const satisfies Intl.NumberFormatOptions
const COUNT = { maximumFractionDigits: 0 } as const

/** Making a formatter costs far more than using one, and a table asks for hundreds. */
export function memo<Options, Format>(make: (locale: string, options: Options) => Format) {
  const made = new Map<string, Format>()
  return (locale: string, options: Options): Format => {
    const key = locale + JSON.stringify(options)
    const format = made.get(key) ?? make(locale, options)
    made.set(key, format)
    return format
  }
}

const numberFormat = memo(
  (locale: string, options: Intl.NumberFormatOptions) => new Intl.NumberFormat(locale, options),
)
const dateFormat = memo(
  (locale: string, options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, options),
)
