import { describe, expect, it } from 'vitest'
import { unreadable, type Box, type ShownText } from '../../scripts/screenshots/cut-texts.ts'

const EVERYWHERE: Box = { left: -Infinity, right: Infinity, top: -Infinity, bottom: Infinity }

const box = (left: number, top: number, width: number, height = 20): Box => ({
  left,
  right: left + width,
  top,
  bottom: top + height,
})

const shown = (text: string, at: Box, more: Partial<ShownText> = {}): ShownText => ({
  text,
  where: 'p.cc-text',
  lines: [at],
  window: EVERYWHERE,
  sight: EVERYWHERE,
  squeezed: false,
  title: '',
  layer: 0,
  ...more,
})

describe('texts that cannot be read whole', () => {
  it('are those beyond what clips them, across or down', () => {
    const window = box(0, 0, 100, 40)
    expect(unreadable([shown('Charged', box(0, 0, 100), { window })])).toEqual([])
    expect(unreadable([shown('Charged', box(20, 0, 100), { window })])).toEqual([
      'cut: p.cc-text: Charged',
    ])
    expect(unreadable([shown('Charged', box(0, 30, 80), { window })])).toEqual([
      'cut: p.cc-text: Charged',
    ])
  })

  it('are those with an ellipsis, unless their title says all of it', () => {
    const cut = { squeezed: true }
    expect(unreadable([shown('A long name', box(0, 0, 50), cut)])).toHaveLength(1)
    expect(unreadable([shown('A long name', box(0, 0, 50), { ...cut, title: 'A' })])).toHaveLength(
      1,
    )
    expect(
      unreadable([shown('A long name', box(0, 0, 50), { ...cut, title: 'A long name' })]),
    ).toEqual([])
  })

  it('are those on each other, but not below a popover, nor where nothing of them is seen', () => {
    const name = shown('Node', box(0, 0, 60))
    const figure = shown('12.66', box(40, 4, 60))
    expect(unreadable([name, figure])).toEqual([
      'covered: p.cc-text: Node',
      'covered: p.cc-text: 12.66',
    ])
    expect(unreadable([name, { ...figure, layer: 1 }])).toEqual([])
    const clipped = { ...name, title: 'Node', window: box(0, 0, 30), sight: box(0, 0, 30) }
    expect(unreadable([clipped, figure])).toEqual([])
    const scrolledAway = { ...name, sight: box(0, 40, 60) }
    expect(unreadable([scrolledAway, figure])).toEqual([])
  })

  it('are not lines that are as close together as lines are', () => {
    expect(unreadable([shown('One', box(0, 0, 60)), shown('Two', box(0, 16, 60))])).toEqual([])
  })
})
