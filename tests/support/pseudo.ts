/** As Chrome and Android call theirs: Arabic script, so right to left. */
export const PSEUDO = 'ar-XB'

const LONGER = 0.5
const WORD = /~{6}/g
const LETTERS: Readonly<Record<string, string>> = {
  a: 'à',
  e: 'ë',
  i: 'ï',
  o: 'ö',
  u: 'ü',
  c: 'ç',
  n: 'ñ',
  y: 'ÿ',
  A: 'Å',
  B: 'ß',
  C: 'Ç',
  N: 'Ñ',
  P: 'Þ',
}

/** English in brackets with strange letters, half as long again: whatever has no brackets is hard-coded. */
export function pseudo(text: string): string {
  return text
    .split(' | ')
    .map((form) => {
      // Holes stay as they are.
      const strange = form.replace(/\{\w+\}|\p{L}/gu, (part) => LETTERS[part] ?? part)
      const more = '~'.repeat(Math.ceil(form.length * LONGER))
      // In words, as a longer language would have: one long word would be wider than any of them.
      return `⟦${strange}${more.replace(WORD, '$& ').trimEnd()}⟧`
    })
    .join(' | ')
}

/** A file's texts, in pseudo. */
export function pseudoTexts<T extends object>(texts: T): T {
  const entries = Object.entries(texts).map(([key, value]: [string, unknown]) => [
    key,
    typeof value === 'string'
      ? pseudo(value)
      : pseudoTexts(typeof value === 'object' && value !== null ? value : {}),
  ])
  return Object.fromEntries(entries)
}
