import { describe, expect, it } from 'vitest'
import type { CallCost } from '../../../src/run-archive/port.ts'
import { readPrompt } from '../../../src/estimate/read-prompt.ts'
import { settingsOf } from '../../../src/estimate/settings-key.ts'
import {
  combo,
  dynamicCombo,
  estimated,
  int,
  nodeType,
  objectInfo,
  usd,
  workflow,
} from '../../support/builders/workflow.ts'

const types = {
  Image: nodeType({
    required: { prompt: ['STRING', {}], quality: combo('low', 'high'), seed: int() },
    price: { expr: usd(0.06), widgets: { quality: 'COMBO' } },
  }),
  Range: nodeType({
    price: { expr: '{"type": "range_usd", "min_usd": 0.05, "max_usd": 0.1}' },
  }),
  Unlisted: nodeType({
    required: { model: combo('small', 'large'), prompt: ['STRING', {}] },
    more: { api_node: true },
  }),
  Video: nodeType({
    required: { model: dynamicCombo({ pro: { duration: int(), resolution: combo('1080p') } }) },
    price: { expr: usd(0.1), widgets: { model: 'COMFY_DYNAMICCOMBO_V3' } },
  }),
  Upscale: nodeType({
    price: { expr: '{"type": "usd", "usd": 0.001295, "format": {"suffix": "/second"}}' },
  }),
  Speech: nodeType({
    required: { text: ['STRING', {}] },
    price: { expr: '{"type": "usd", "usd": 0.1, "format": {"suffix": "/1K chars"}}' },
  }),
  PrimitiveInt: nodeType({ required: { value: int() } }),
}
const info = objectInfo(types)
const keyOf = (type: string, widgets: unknown[]) =>
  settingsOf(readPrompt(workflow([{ id: 1, type, widgets }]), info), info)['1'] ?? ''

const image = ['a cat', 'high', 7]

const cost = (charged: number | null, promptId: string, ms = 10_000): CallCost => ({
  settings: '',
  at: 0,
  promptId,
  nodeId: '1',
  usdMicros: charged === null ? null : charged * 1e6,
  ms,
})

async function learnt(type: string, widgets: unknown[], costs: readonly CallCost[]) {
  const { nodes, total } = await estimated(workflow([{ id: 1, type, widgets }]), types, {
    costs: new Map([[keyOf(type, widgets), costs]]),
  })
  const [node] = nodes
  return { ...node, total }
}

describe('the settings of a node', () => {
  it.each<[string, string, unknown[], unknown[]]>([
    ['another prompt and seed', 'Image', image, ['a dog', 'high', 9]],
    ['the same in other letters', 'Image', image, ['a cat', 'HIGH ', 7]],
    ['another prompt without a price list', 'Unlisted', ['small', 'a'], ['small', 'b']],
    ['another text of the same length', 'Speech', ['good'], ['fine']],
  ])('are the same with %s', (_, type, a, b) => {
    expect(keyOf(type, a)).toBe(keyOf(type, b))
  })

  it.each<[string, string, unknown[], unknown[]]>([
    ['a widget of its price list', 'Image', image, ['a cat', 'low', 7]],
    ['the model of a node without one', 'Unlisted', ['small', 'a'], ['large', 'a']],
    ['a duration', 'Video', ['pro', 5, '1080p'], ['pro', 9, '1080p']],
    ['the length of a text that is spoken', 'Speech', ['good'], ['better']],
  ])('are others with another value of %s', (_, type, a, b) => {
    expect(keyOf(type, a)).not.toBe(keyOf(type, b))
  })

  it('are the same in a workflow and in what the server gets of it', () => {
    const file = workflow(
      [
        { id: 1, type: 'PrimitiveInt', widgets: [5] },
        { id: 2, type: 'Image', widgets: image },
        {
          id: 3,
          type: 'Video',
          widgets: ['pro', 9, '1080p'],
          inputs: { 'widget:model.duration': 1 },
        },
      ],
      [[1, 1, 0, 3, 0]],
    )
    const sent = {
      '1': { class_type: 'PrimitiveInt', inputs: { value: 5 } },
      '2': { class_type: 'Image', inputs: { prompt: 'a cat', quality: 'high', seed: 7 } },
      '3': {
        class_type: 'Video',
        inputs: { model: 'pro', 'model.duration': ['1', 0], 'model.resolution': '1080p' },
      },
    }
    const expected = settingsOf(readPrompt(file, info), info)
    expect(settingsOf(readPrompt(sent, info), info)).toEqual(expected)
    expect(Object.keys(expected)).toEqual(['2', '3'])
  })
})

describe('an estimate with earlier runs', () => {
  it('has what they cost as typical; the range stays the price list’s', async () => {
    const costs = [cost(0.07, 'c'), cost(0.06, 'b'), cost(0.08, 'a')]
    const { amount, listed, learnt: own, total } = await learnt('Range', [], costs)
    expect(amount).toEqual({
      minUsdMicros: 50_000,
      typicalUsdMicros: 70_000,
      maxUsdMicros: 100_000,
    })
    expect(listed?.typicalUsdMicros).toBe(75_000)
    expect(own).toMatchObject({
      runs: 3,
      isOff: false,
      amount: { minUsdMicros: 60_000, maxUsdMicros: 80_000 },
    })
    expect(total.typicalUsdMicros).toBe(70_000)
  })

  it('knows a price that no list has after one run', async () => {
    const { amount, reason, kind, total } = await learnt(
      'Unlisted',
      ['small', 'a'],
      [cost(0.06, 'a')],
    )
    const usdMicros = 60_000
    expect(amount).toEqual({
      minUsdMicros: usdMicros,
      typicalUsdMicros: usdMicros,
      maxUsdMicros: usdMicros,
    })
    expect([reason, kind, total.unknown]).toEqual([null, 'unknown', 0])
  })

  it.each([
    [0.071, false],
    [0.08, true],
    [0.049, false],
    [0.04, true],
  ])('says that a list of $0.06 is off by more than 20 %% at $%d: %s', async (charged, isOff) => {
    expect((await learnt('Image', image, [cost(charged, 'a')])).learnt?.isOff).toBe(isOff)
  })

  it('counts runs, not calls, and takes the middle of an even number', async () => {
    const { learnt: own } = await learnt('Image', image, [
      cost(0.05, 'a'),
      cost(0.07, 'a'),
      cost(null, 'b'),
    ])
    expect(own).toMatchObject({ runs: 1, amount: { typicalUsdMicros: 60_000 } })
  })

  it('takes a price by GPU time times how long runs took, unless they say what they cost', async () => {
    const times = [cost(null, 'a', 10_000), cost(null, 'b', 20_000), cost(null, 'c', 60_000)]
    const { amount, learnt: own } = await learnt('Upscale', [], times)
    expect(amount).toEqual({ minUsdMicros: 12_950, typicalUsdMicros: 25_900, maxUsdMicros: 77_700 })
    expect(own).toMatchObject({ runs: 3, isByTime: true })
    const charged = await learnt('Upscale', [], [...times, cost(0.05, 'd')])
    expect(charged).toMatchObject({ amount: { typicalUsdMicros: 50_000 }, learnt: { runs: 1 } })
  })

  it('learns nothing of other settings, and no time where the price is by something else', async () => {
    const { nodes } = await estimated(workflow([{ id: 1, type: 'Image', widgets: image }]), types, {
      costs: new Map([[keyOf('Image', ['a cat', 'low', 7]), [cost(0.2, 'a')]]]),
    })
    expect(nodes[0]).toMatchObject({ learnt: null, amount: { typicalUsdMicros: 60_000 } })
    expect((await learnt('Image', image, [cost(null, 'a')])).learnt).toBeNull()
  })
})
