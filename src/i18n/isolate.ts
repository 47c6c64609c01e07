import { directionOf } from './closest-language.ts'

/** Unicode's "first strong isolate" and "pop directional isolate": what `<bdi>` is in HTML. */
const BEGIN = '\u2068'
const END = '\u2069'

/** Letters that are written from right to left: Hebrew, Arabic, Syriac, N’Ko and their kin. */
const RIGHT_TO_LEFT =
  /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u

/** Marks that begin or end a direction. */
const CONTROLS = /[\u202A-\u202E\u2066-\u2069]/gu

type Values = Readonly<Record<string, string | number>>

/**
 * The values of a text, each with a direction of its own, so that the words around it do not move
 * its sign, its date or its letters. As characters and not as `<bdi>`: a text is also a label, a
 * toast or a tooltip. Only where a direction can differ, so that a text from left to right is what
 * it seems to be, to a search or a screen reader too.
 */
export function isolate(values: Values, language: string): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const text = isolatedText(String(value), language)
      return [name, text === String(value) ? value : text]
    }),
  )
}

/** A part of a line that code puts together: as a value of a text. */
export function isolatedText(text: string, language: string): string {
  const part = closed(text)
  const differs = directionOf(language) === 'rtl' || RIGHT_TO_LEFT.test(part)
  return differs ? `${BEGIN}${part}${END}` : part
}

/** A name that ends an isolate it has not begun would end ours: it loses its marks. */
function closed(text: string): string {
  let open = 0
  for (const [mark] of text.matchAll(CONTROLS)) {
    if (mark < '\u2066') return text.replaceAll(CONTROLS, '')
    open += mark === END ? -1 : 1
    if (open < 0) return text.replaceAll(CONTROLS, '')
  }
  return open === 0 ? text : text.replaceAll(CONTROLS, '')
}
