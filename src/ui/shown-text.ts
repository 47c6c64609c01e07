/** Nobody reads more of a name, and a browser should not have to lay it out. */
const MAX_SHOWN = 300

/**
 * A name from outside as it is shown: in one line, cut where it is longer than anybody reads. What
 * steers a terminal or a paragraph is replaced, so that it cannot pretend to be lines of ours; the
 * direction of its letters is kept apart by <bdi>.
 */
export function shownText(text: string): string {
  // Not in the middle of a letter of two halves.
  const head = text.slice(0, MAX_SHOWN).replace(/[\uD800-\uDBFF]$/, '')
  const cut = text.length > MAX_SHOWN ? `${head}…` : head
  return cut.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]+/gu, '\u{FFFD}')
}
