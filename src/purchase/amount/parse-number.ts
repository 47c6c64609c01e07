/**
 * The number a person means by a text, or null when nobody could tell. Digits of all scripts are
 * read. Of two kinds of separators the last is the decimal one, in every language; of a single one
 * with three digits behind it the language decides: "1.234" is a thousand in German only.
 */
export function parseNumber(text: string, locale: string): number | null {
  // Spaces and apostrophes part thousands in some languages and mean nothing in any.
  const typed = westernDigits(text.normalize('NFKC'))
    .trim()
    .replaceAll(/(?<=\d)[\s'’](?=\d)/g, '')
  if (!/^\d{1,9}$|^\d[\d.,]{0,15}\d$/.test(typed)) return null
  const decimal = decimalOf(typed, locale)
  const [whole = '', fraction = '', ...more] = decimal === null ? [typed] : typed.split(decimal)
  if (more.length > 0 || /[.,]/.test(fraction) || !isGrouped(whole)) return null
  const digits = whole.replaceAll(/[.,]/g, '')
  return digits.length > 9 ? null : Number(`${digits}.${fraction || '0'}`)
}

function westernDigits(text: string): string {
  return text
    .replaceAll(/\p{Nd}/gu, (digit) => String(valueOf(digit)))
    .replaceAll('٫', '.')
    .replaceAll('٬', ',')
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
  const [, behind = ''] = typed.split(separator)
  if (behind.length !== 3) return separator
  return separator === decimalIn(locale) ? separator : null
}

function decimalIn(locale: string): string | undefined {
  return new Intl.NumberFormat(locale, { numberingSystem: 'latn' })
    .formatToParts(1.5)
    .find(({ type }) => type === 'decimal')?.value
}

/** Groups of three, or as in India of two before the last; parted by one kind of separator. */
function isGrouped(whole: string): boolean {
  return /^\d+$|^\d{1,3}(?:,\d{2,3})*,\d{3}$|^\d{1,3}(?:\.\d{2,3})*\.\d{3}$/.test(whole)
}
