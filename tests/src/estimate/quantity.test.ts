import { describe, expect, it } from 'vitest'
import { quantityOf } from '../../../src/estimate/quantity.ts'

const quantity = (suffix: string | null, widgets: object, note: string | null = null) =>
  quantityOf({ suffix, note }, () => new Map(Object.entries(widgets)))

const exactly = (count: number) => ({ min: count, max: count })

describe('how many units a node will pay for', () => {
  it.each([
    [null, {}, 1],
    ['/Run', { duration: 5 }, 1],
    ['/second', { duration: 5 }, 5],
    ['/s', { 'model.duration': '8' }, 8],
    ['/sec', { duration_seconds: '10s' }, 10],
    ['/minute', { 'model.duration': 30 }, 0.5],
    ['/Image', {}, 1],
    ['/Image (1K)', { n: 3 }, 3],
    ['/image', { 'model.number_of_images': 4 }, 4],
    ['x images/Run', { n: 2 }, 2],
    ['/1K chars', { text: 'x'.repeat(2500) }, 2.5],
    ['/1K chars', { inputs: '2', 'inputs.text1': 'abcd', 'inputs.text2': '😀' }, 0.005],
    ['/1K bytes', { text: 'é'.repeat(500) }, 1],
  ])('%j with %j is %d', (suffix, widgets, expected) => {
    expect(quantity(suffix, widgets)).toEqual(exactly(expected))
  })

  it.each([
    ['/second', {}],
    ['/second', { duration: 'auto' }],
    ['/second', { duration: 0 }],
    ['/second', { duration: undefined }],
    ['/second', { duration: 5, 'model.duration': 6 }],
    ['/minute', { duration1: 4 }],
    [' per 1K tokens', { max_tokens: 100 }],
    ['/30 frames', { frames: 60 }],
    ['/8MP', {}],
    [' x images/Run', {}],
    ['/Image', { n: 'many' }],
    ['/1K chars', {}],
    ['/1K chars', { text: '' }],
    ['/1K chars', { text: undefined }],
  ])('%j with %j is not known', (suffix, widgets) => {
    expect(quantity(suffix, widgets)).toBeNull()
  })

  it('is up to the most images that a node may make', () => {
    const widgets = { sequential_image_generation: 'auto', max_images: 4 }
    expect(quantity(' x images/Run', widgets)).toEqual({ min: 1, max: 4 })
    const one = { ...widgets, sequential_image_generation: 'disabled' }
    expect(quantity(' x images/Run', one)).toEqual(exactly(1))
  })

  it.each([['(input + output)'], ['(by source length)']])(
    'is not known of what is not in the workflow: %s',
    (note) => {
      expect(quantity('/second', { duration: 5 }, note)).toBeNull()
    },
  )
})
