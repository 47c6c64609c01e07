/** Of a longer one a line may well end at a hyphen. */
const LONGEST = 24
/** Marks of direction stay outside: they enclose more than a word. */
const HYPHENATED = /([^\s\u2066-\u2069]+-[^\s\u2066-\u2069]+)/u

/** Parts of a text, in its order. */
interface WordPart {
  readonly text: string
  /** A line may not end inside it. */
  readonly isWhole: boolean
}

/**
 * Browsers end a line after any hyphen of "tempo-2", though all of it has room on the next. These are
 * the words of a text that are to stay whole, and what is between them.
 */
export function wholeWords(text: string): readonly WordPart[] {
  return text
    .split(HYPHENATED)
    .map((part, index) => ({ text: part, isWhole: index % 2 === 1 && part.length <= LONGEST }))
    .filter((part) => part.text !== '')
}
