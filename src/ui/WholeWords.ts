import { h, type FunctionalComponent } from 'vue'
import { wholeWords } from './whole-words.ts'

/**
 * A name from outside, or a text with one in it: in its own direction, with its words whole. The text
 * that is read, copied or searched is the same.
 */
export const WholeWords: FunctionalComponent<{ readonly text: string }> = ({ text }) =>
  h(
    'bdi',
    wholeWords(text).map((part) =>
      part.isWhole ? h('span', { class: 'cc-word' }, part.text) : part.text,
    ),
  )
WholeWords.props = ['text']
