import { h, type FunctionalComponent } from 'vue'

/** Of a longer one a line may well end at a hyphen. */
const HYPHENATED = /([^\s\u2066-\u2069]+-[^\s\u2066-\u2069]+)/u
const LONGEST = 24

/**
 * A name from outside, or a text with one in it, in its own direction. Browsers end a line after any
 * hyphen of "tempo-2", though all of it has room on the next: its words stay whole. The text that is
 * read, copied or searched is the same.
 */
export const WholeWords: FunctionalComponent<{ readonly text: string }> = ({ text }) =>
  h(
    'bdi',
    text
      .split(HYPHENATED)
      .map((part, index) =>
        index % 2 === 1 && part.length <= LONGEST ? h('span', { class: 'cc-word' }, part) : part,
      ),
  )
WholeWords.props = ['text']
