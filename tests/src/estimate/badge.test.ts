import { describe, expect, it } from 'vitest'
import { badgeContext } from '../../../src/estimate/badge-context.ts'
import { readBadge, readBadgeResult, type PriceBadge } from '../../../src/estimate/badge.ts'
import { labelOf } from '../../../src/estimate/label.ts'
import { badge } from '../../support/builders/workflow.ts'

function badgeOn(widgets: Record<string, string>, more: object = {}): PriceBadge {
  const read = readBadge(badge({ expr: '1', widgets, ...more }))
  if (read === null || read === 'unreadable') throw new Error('It should be readable.')
  return read
}

describe('the context of an expression', () => {
  it.each([
    ['INT', 5, 5],
    ['INT', '5', 5],
    ['INT', 'auto', null],
    ['FLOAT', '', null],
    ['FLOAT', Number.NaN, null],
    ['BOOLEAN', true, true],
    ['BOOLEAN', ' False ', false],
    ['BOOLEAN', 1, null],
    ['COMBO', ' 2K ', '2k'],
    ['COMBO', 4, 4],
    ['COMFY_DYNAMICCOMBO_V3', 'Opus 5', 'opus 5'],
    ['STRING', 12, '12'],
    ['STRING', undefined, null],
  ])('has for a %s widget with the value %j: %j', (type, value, expected) => {
    const context = badgeContext(badgeOn({ w: type }), () => value, new Set())
    expect(context.widgets).toEqual({ w: expected })
  })

  it('has which inputs are connected, and how many of a group', () => {
    const depends = badgeOn({}, { inputs: ['image', 'mask'], groups: ['model.images', 'refs'] })
    const connected = ['image', 'model.images.image_1', 'model.images.image_2', 'model.images_x']
    expect(badgeContext(depends, () => null, new Set(connected))).toEqual({
      widgets: {},
      inputs: { image: { connected: true }, mask: { connected: false } },
      inputGroups: { 'model.images': 2, refs: 0 },
    })
  })

  it('takes names from a node for what they are', () => {
    const context = badgeContext(
      badgeOn({ __proto__: 'INT', constructor: 'INT' }),
      () => 1,
      new Set(),
    )
    expect(context.widgets).toEqual({ constructor: 1 })
  })
})

describe('a price list', () => {
  it.each([
    [undefined, null],
    [null, null],
    [{}, 'unreadable'],
    [{ expr: '' }, 'unreadable'],
    ['0.06', 'unreadable'],
  ])('that is %j is %j', (json, expected) => {
    expect(readBadge(json)).toBe(expected)
  })

  it('may leave out what it depends on', () => {
    expect(readBadge({ expr: '1' })).toMatchObject({ widgets: [], inputs: [], inputGroups: [] })
  })
})

describe('the result of an expression', () => {
  it.each([
    [undefined],
    [null],
    [12],
    [{}],
    [{ type: 'usd' }],
    [{ type: 'usd', usd: '0.06' }],
    [{ type: 'usd', usd: -0.06 }],
    [{ type: 'usd', usd: Number.NaN }],
    [{ type: 'usd', usd: Infinity }],
    [{ type: 'usd', usd: 1e12 }],
    [{ type: 'range_usd', min_usd: 1 }],
    [{ type: 'range_usd', min_usd: 2, max_usd: 1 }],
    [{ type: 'list_usd', usd: [] }],
    [{ type: 'list_usd', usd: [1, null] }],
    [{ type: 'text' }],
    [{ type: 'eur', eur: 1 }],
    [[{ type: 'usd', usd: 1 }]],
  ])('%j is no price', (json) => {
    expect(readBadgeResult(json)).toBeNull()
  })

  it.each([
    [{ type: 'usd', usd: 0.06 }, '12.7 credits/Run'],
    [{ usd: 1 }, '211 credits/Run'],
    [{ type: 'usd', usd: 0 }, '0 credits/Run'],
    [{ type: 'usd', usd: 10 }, '2,110 credits/Run'],
    [{ type: 'usd', usd: 0.05, format: { suffix: '/second' } }, '10.6 credits/second'],
    [
      { type: 'usd', usd: 0.1, format: { suffix: '/second', note: '(input + output)' } },
      '21.1 credits/second (input + output)',
    ],
    [
      { type: 'range_usd', min_usd: 0.03, max_usd: 0.06, format: { approximate: true } },
      '~6.3-12.7 credits/Run',
    ],
    [{ type: 'range_usd', min_usd: 1, max_usd: 1 }, '211 credits/Run'],
    [{ type: 'list_usd', usd: [0.04, 0.08] }, '8.4/16.9 credits/Run'],
    [
      { type: 'list_usd', usd: [0.04, 0.08], format: { separator: '-', suffix: '/image' } },
      '8.4-16.9 credits/image',
    ],
    [{ type: 'text', text: 'Token-based' }, 'Token-based'],
  ])('%j is drawn as ComfyUI draws it: %s', (json, label) => {
    const result = readBadgeResult(json)
    expect(result && labelOf(result)).toBe(label)
  })
})
