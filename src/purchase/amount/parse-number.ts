/**
 * The number a person means by a text, or null when it is unclear. Digits of all scripts are
 * read, and thousands parted by a dot, a comma, an apostrophe or any space. Of two kinds of separators
 * the last is the decimal one, in every language; of a single dot or comma with three digits behind
 * it the language decides: "1.234" is a thousand in German and not in English.
 */
export function parseNumber(text: string, locale: string): number | null {
  const typed = plain(text)
  if (!/^\d{1,9}$|^\d[\d., ']{0,15}\d$/.test(typed)) return null
  const decimal = decimalOf(typed, locale)
  const [whole = '', fraction = '', ...more] = decimal === null ? [typed] : typed.split(decimal)
  if (more.length > 0 || /\D/.test(fraction) || !isGrouped(whole)) return null
  const digits = whole.replaceAll(/\D/g, '')
  return digits.length > 9 ? null : Number(`${digits}.${fraction || '0'}`)
}

/** What keyboards and pages of other scripts write for a separator. */
const SEPARATORS: Readonly<Record<string, string>> = {
  '٫': '.',
  '。': '.',
  '٬': ',',
  '،': ',',
  '’': "'",
  '‘': "'",
  ʼ: "'",
  '′': "'",
}

/** In western digits, with one sign a separator, and without the marks of a direction. */
function plain(text: string): string {
  return text
    .normalize('NFKC')
    .replaceAll(/\p{Cf}/gu, '')
    .replaceAll(/\p{Nd}/gu, (digit) => String(valueOf(digit)))
    .replaceAll(/[٫。٬،’‘ʼ′]/g, (sign) => SEPARATORS[sign] ?? sign)
    .replaceAll(/\s+/g, ' ')
    .trim()
}

/** The digits of a script stand in order, and nothing that is a digit stands before its zero. */
function valueOf(digit: string): number {
  const code = digit.codePointAt(0) ?? 0
  let value = 0
  while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(code - value - 1))) value += 1
  return value
}

function decimalOf(typed: string, locale: string): '.' | ',' | null {
  const [dots, commas] = [typed.split('.').length - 1, typed.split(',').length - 1]
  if (dots > 0 && commas > 0) return typed.lastIndexOf('.') > typed.lastIndexOf(',') ? '.' : ','
  if (dots + commas === 0 || dots + commas > 1) return null
  const separator = dots === 1 ? '.' : ','
  const [before = '', behind = ''] = typed.split(separator)
  // Thousands are parted by something else already, or these are none.
  if (/[ ']/.test(before) || behind.length !== 3) return separator
  return separator === decimalIn(locale) ? separator : null
}

function decimalIn(locale: string): string | undefined {
  return new Intl.NumberFormat(locale, { numberingSystem: 'latn' })
    .formatToParts(1.5)
    .find(({ type }) => type === 'decimal')?.value
}

/** Groups of three, or as in India of two before the last; parted by one kind of separator. */
function isGrouped(whole: string): boolean {
  return /^\d+$|^\d{1,3}([., '])(?:\d{2,3}\1)*\d{3}$/.test(whole)
}
