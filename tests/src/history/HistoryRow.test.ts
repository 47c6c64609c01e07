import { describe, expect, it } from 'vitest'
import { defineComponent, h, type PropType } from 'vue'
import { createPanelHost, type PanelHostOptions } from '../../../sandbox/panel/host.ts'
import HistoryRowView from '../../../src/history/HistoryRow.vue'
import type { HistoryRow } from '../../../src/history/row.ts'
import { useRowPictures } from '../../../src/history/use-row-pictures.ts'
import { useRowWords } from '../../../src/history/use-row-words.ts'
import { newRow } from '../../support/builders/row.ts'
import { viewTests } from '../support/view.ts'

const open = viewTests()

interface LineOptions {
  readonly opened?: boolean
  readonly reached?: boolean
  readonly balance?: number | null
}

/** A table of one line, with the words that the list gives it. */
const Line = defineComponent({
  props: {
    row: { type: Object as PropType<HistoryRow>, required: true },
    options: { type: Object as PropType<LineOptions>, required: true },
  },
  setup({ row, options }) {
    const words = useRowWords()
    const pictures = useRowPictures()
    const { opened = false, reached = false, balance = null } = options
    const props = { row, words, pictures, index: 3, detailsId: 'details', opened, reached, balance }
    return () => h('table', h('tbody', h(HistoryRowView, props)))
  },
})

async function openLine(
  about: Partial<HistoryRow>,
  options: LineOptions = {},
  on: PanelHostOptions = {},
) {
  const host = createPanelHost({ account: null, ...on })
  const table = await open(Line, { texts: 'history', props: { row: newRow(about), options }, host })
  const line = table.getComponent(HistoryRowView)
  return { line, focus: line.get('.cc-row-focus'), credits: line.get('.cc-cell-credits') }
}

describe('a line of the history', () => {
  it('names the run, what it did and what it cost', async () => {
    const { line, credits } = await openLine({
      workflow: 'Castle',
      nodes: ['Image'],
      status: 'succeeded',
      at: Date.UTC(2026, 10, 20, 12),
      durationMs: 9000,
      change: { basis: 'actual', usdMicros: -60_000, complete: true },
    })
    expect(line.get('.cc-what-title').text()).toBe('Castle')
    expect(line.get('.cc-what-detail').text()).toBe('Image')
    expect(line.get('time').attributes('datetime')).toBe('2026-11-20T12:00:00.000Z')
    expect(credits.get('.cc-amount').text()).toBe('\u221212.66')
    expect(credits.get('.cc-usd').text()).toBe('$0.06')
    expect(line.attributes()).toMatchObject({
      'data-kind': 'run',
      'data-status': 'succeeded',
      'data-basis': 'actual',
      'data-credits': '-12.66',
      'data-certainty': 'proved',
    })
  })

  it.each([
    ['a price that only the run has said', { basis: 'announced', credits: 12.66 }, true],
    ['a sum that may still grow', { basis: 'actual', usdMicros: -60_000, complete: false }, true],
    ['what the account says', { basis: 'actual', usdMicros: -60_000, complete: true }, false],
  ] as const)('marks %s, or not', async (_what, change, marked) => {
    const { credits } = await openLine({ change })
    expect(credits.find('.cc-mark').exists()).toBe(marked)
  })

  it('has no figure where nobody knows one', async () => {
    const { line, credits } = await openLine({ change: { basis: 'unknown' } })
    expect(line.attributes('data-credits')).toBeUndefined()
    expect(credits.text()).not.toMatch(/\d/)
    expect(line.get('.cc-cell-when').text()).toBe('–')
    expect(line.get('.cc-cell-took').text()).toBe('–')
    expect(line.find('.cc-what-detail').exists()).toBe(false)
    expect(line.get('.cc-cell-balance').text()).toBe('–')
  })

  it('shows what was left after it', async () => {
    const { line } = await openLine({}, { balance: 10_000_000 })
    expect(line.get('.cc-cell-balance').text()).toBe('2,110')
  })

  it('opens by a button that says whether it is open', async () => {
    const { line, focus } = await openLine({})
    expect(focus.attributes()).toMatchObject({ type: 'button', 'aria-expanded': 'false' })
    expect(focus.attributes('aria-controls')).toBeUndefined()
    await focus.trigger('click')
    expect(line.emitted('toggle')).toHaveLength(1)
  })

  it('points to its details while it is open', async () => {
    const { focus } = await openLine({}, { opened: true })
    expect(focus.attributes()).toMatchObject({
      'aria-expanded': 'true',
      'aria-controls': 'details',
    })
  })

  it('does not open where there is no more to say', async () => {
    const { line, focus } = await openLine({ kind: 'top-up' })
    expect(focus.element.localName).toBe('div')
    await focus.trigger('click')
    expect(line.emitted('toggle')).toBeUndefined()
  })

  it.each([
    [true, '0'],
    [false, '-1'],
  ])('is reached by Tab: %s', async (reached, tabindex) => {
    const { focus } = await openLine({}, { reached })
    expect(focus.attributes('tabindex')).toBe(tabindex)
  })

  it('has under its name the model and the tokens', async () => {
    const { line } = await openLine({
      workflow: 'Castle',
      nodes: ['Chat', 'Image', 'Upscale', 'Relight'],
      models: ['lexis'],
      tokens: { input: 7, output: 1320 },
    })
    expect(line.get('.cc-what-detail').text()).toBe('Chat, Image +2 · lexis · 7 in, 1,320 out')
  })

  it('keeps the direction of each of them apart, in a language from right to left', async () => {
    const { line } = await openLine(
      { workflow: 'Castle', nodes: ['Chat'], models: ['lexis'], tokens: { input: 7, output: 22 } },
      {},
      { locale: 'he' },
    )
    const detail = line.get('.cc-what-detail')
    // Else "7" goes with the Latin name before it, and reads as the last figure of the line.
    const [first, model, tokens] = detail.text().split(' · ')
    expect([first, model]).toEqual(['Chat', '\u2068lexis\u2069'])
    expect([tokens?.at(0), tokens?.at(-1)]).toEqual(['\u2068', '\u2069'])
  })

  it.each([
    ['run', 'succeeded', null],
    ['run', 'failed', 'Failed'],
    ['run', 'running', 'Running'],
    ['usage', 'unknown', null],
    ['top-up', 'succeeded', null],
    ['refused', 'failed', 'Not started'],
  ] as const)('of a %s that is %s says of its status: %s', async (kind, status, said) => {
    const { line } = await openLine({ kind, status })
    const shown = line.find('.cc-status')
    expect(shown.exists() ? shown.text() : null).toBe(said)
  })

  it('says 0 where nothing was charged, without dollars', async () => {
    const { credits } = await openLine({ change: { basis: 'none' } })
    expect(credits.text()).toBe('0')
  })
})

describe('the picture of a line', () => {
  const file = { filename: 'castle.png', subfolder: '', type: 'output' } as const
  const outputUrl = () => '/view?castle'
  const on = { outputUrl, options: ['thumbnails'] } as const

  it('is asked of the host, small and only when it comes in sight', async () => {
    const asked: boolean[] = []
    const { line } = await openLine(
      { output: file },
      {},
      { ...on, outputUrl: (_file, preview) => (asked.push(preview), outputUrl()) },
    )
    const { src, alt, loading } = line.get('img').attributes()
    expect([src, alt, loading]).toEqual(['/view?castle', '', 'lazy'])
    expect(asked).toEqual([true])
  })

  it('gives way to an icon where the file is gone', async () => {
    const { line } = await openLine({ output: file }, {}, on)
    await line.get('img').trigger('error')
    expect(line.find('img').exists()).toBe(false)
    expect(line.find('.cc-thumb svg').exists()).toBe(true)
  })

  it.each([
    ['there is no file', { output: null }, on],
    ['it is switched off', { output: file }, { outputUrl }],
    ['the host does not say where it is', { output: file }, { options: ['thumbnails'] }],
    ['it is a video', { output: { ...file, filename: 'castle.mp4' } }, on],
  ] as const)('is an icon where %s', async (_why, about, options) => {
    const { line } = await openLine(about, {}, options)
    expect(line.find('img').exists()).toBe(false)
    expect(line.find('.cc-thumb svg').exists()).toBe(true)
  })
})
