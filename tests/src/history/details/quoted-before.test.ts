import { expect, it } from 'vitest'
import { defineComponent, h } from 'vue'
import { createPanelHost } from '../../../../sandbox/panel/host.ts'
import { useAmountWords } from '../../../../src/history/use-detail-words.ts'
import { viewTests } from '../../support/view.ts'

const open = viewTests()

/** A call that cost 8.44 credits, of which each of `answers` had quoted 12.66. */
const Note = defineComponent({
  props: { answers: { type: Number, required: true } },
  setup({ answers }) {
    const words = useAmountWords()
    const call = {
      key: '7',
      name: null,
      nodeType: null,
      nodeId: '7',
      outcome: null,
      durationMs: null,
      usdMicros: 40_000,
      certainty: 'proved',
      announced: { credits: 12.66, answers },
      measures: null,
    } as const
    return () => h('p', words.amount(call).note ?? '')
  },
})

// Not in all of these languages has one thing a form of its own.
it.each([
  ['en', 'quoted 12.66', 'quoted 12.66 × 2'],
  ['ja', '提示額 12.66', '提示額 12.66 × 2'],
  ['ru', 'заявлено 12,66', 'заявлено 12,66 × 2'],
])(
  'says in %s how often a price was quoted, where it was more than once',
  async (locale, once, twice) => {
    for (const [answers, note] of [
      [1, once],
      [2, twice],
    ] as const) {
      const host = createPanelHost({ account: null, locale })
      const view = await open(Note, { texts: 'history', props: { answers }, host })
      expect(view.text()).toBe(note)
    }
  },
)
