import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { usdMicrosFromUsd } from '../../../contract/money.ts'
import { readPrompt } from '../../../src/estimate/read-prompt.ts'
import { unchangedSince } from '../../../src/estimate/unchanged.ts'
import { runs as repetitions } from '../support/runs.ts'
import {
  combo,
  dynamicCombo,
  estimated,
  image,
  int,
  nodeType,
  objectInfo,
  subgraph,
  usd,
  workflow,
} from '../../support/builders/workflow.ts'

const types = {
  Load: nodeType({ required: { file: ['STRING', {}] } }),
  Save: nodeType({ required: { images: image }, more: { output_node: true } }),
  Fixed: nodeType({ optional: { image }, price: { expr: usd(0.06) } }),
  Free: nodeType({ price: { expr: usd(0) } }),
  PerSecond: nodeType({
    required: { duration: int({ default: 5, min: 1, max: 1000 }) },
    price: { expr: '{"type":"usd","usd":0.05 * widgets.duration}', widgets: { duration: 'INT' } },
  }),
  Quality: nodeType({
    required: { quality: combo('low', 'high') },
    price: {
      expr: '{"type":"usd","usd":$lookup({"low":0.01,"high":0.04}, widgets.quality)}',
      widgets: { quality: 'COMBO' },
    },
  }),
  Model: nodeType({
    required: {
      model: dynamicCombo({
        fast: { size: combo('1K', '2K') },
        pro: { n: int({ default: 1 }) },
      }),
    },
    price: {
      expr: '$contains(widgets.model, "fast") ? {"usd": widgets.`model.size` = "2k" ? 0.02 : 0.01} : {"usd": 0.1 * widgets.`model.n`}',
      widgets: { model: 'COMFY_DYNAMICCOMBO_V3', 'model.size': 'COMBO', 'model.n': 'INT' },
    },
  }),
  References: nodeType({
    optional: { image, images: ['COMFY_AUTOGROW_V3', {}] },
    price: {
      expr: '{"usd": 0.01 + (inputs.image.connected ? 0.1 : 0) + inputGroups.images}',
      inputs: ['image'],
      groups: ['images'],
    },
  }),
  Unit: nodeType({
    required: { seconds: int({ default: 4 }) },
    price: { expr: '{"usd":0.05,"format":{"suffix":"/second"}}' },
  }),
  Range: nodeType({ price: { expr: '{"type":"range_usd","min_usd":0.01,"max_usd":0.03}' } }),
  List: nodeType({ price: { expr: '{"type":"list_usd","usd":[0.04,0.02]}' } }),
  Tokens: nodeType({
    price: { expr: '{"type":"list_usd","usd":[0.1,0.2],"format":{"suffix":" per 1K tokens"}}' },
  }),
  Words: nodeType({ price: { expr: '{"type":"text","text":"Token-based"}' } }),
  Speech: nodeType({
    required: { text: ['STRING', { default: '' }] },
    price: { expr: '{"usd": $length(widgets.text) * 0.001}', widgets: { text: 'STRING' } },
  }),
  Sound: nodeType({
    required: { sound: ['BOOLEAN', { default: true }] },
    price: { expr: '{"usd": widgets.sound ? 0.2 : 0.1}', widgets: { sound: 'BOOLEAN' } },
  }),
  Seeded: nodeType({
    required: { seed: int({ control_after_generate: true }) },
    price: { expr: usd(0.06) },
  }),
  NoBadge: nodeType({ more: { api_node: true } }),
  BadBadge: nodeType({ more: { api_node: true, price_badge: { engine: 'jsonata' } } }),
  OtherEngine: nodeType({ more: { api_node: true, price_badge: { engine: 'js', expr: '1' } } }),
  Throws: nodeType({ price: { expr: '$error("no")' } }),
  Nonsense: nodeType({ price: { expr: '"12 credits"' } }),
  Loops: nodeType({ price: { expr: '($f := function($n){$f($n + 1)}; $f(0))' } }),
  PrimitiveInt: nodeType({ required: { value: int() } }),
  PrimitiveString: nodeType({ required: { value: ['STRING', {}] } }),
  PrimitiveBoolean: nodeType({ required: { value: ['BOOLEAN', {}] } }),
  Measure: nodeType({ required: { image } }),
  ComfySwitchNode: nodeType({
    required: {
      switch: ['BOOLEAN', {}],
      on_false: ['*', { lazy: true }],
      on_true: ['*', { lazy: true }],
    },
  }),
  CreateList: nodeType({
    required: { inputs: ['COMFY_AUTOGROW_V3', {}] },
    more: { is_input_list: true, output_is_list: [true] },
  }),
  StartLoop: nodeType({ more: { is_input_list: true, output_is_list: Array(5).fill(false) } }),
  EndLoop: nodeType({ more: { is_input_list: true, output_is_list: [true] } }),
  Folder: nodeType({ more: { output_is_list: [true] } }),
}

type Inputs = Record<string, unknown>
type Nodes = Record<string, [type: string, inputs?: Inputs]>

const api = (nodes: Nodes) =>
  Object.fromEntries(
    Object.entries(nodes).map(([id, [class_type, inputs = {}]]) => [id, { class_type, inputs }]),
  )

async function priceOf(type: string, inputs: Inputs = {}, others: Nodes = {}) {
  const { nodes } = await estimated(api({ ...others, node: [type, inputs] }), types)
  return nodes.find(({ id }) => id === 'node')
}

const amount = (min: number, max = min) => ({
  minUsdMicros: usdMicrosFromUsd(min),
  typicalUsdMicros: usdMicrosFromUsd((min + max) / 2),
  maxUsdMicros: usdMicrosFromUsd(max),
})

describe('a node costs', () => {
  it.each([
    ['Fixed', {}, 'usd', 0.06, 0.06],
    ['Free', {}, 'usd', 0, 0],
    ['PerSecond', {}, 'usd', 0.25, 0.25],
    ['PerSecond', { duration: 8 }, 'usd', 0.4, 0.4],
    ['Quality', { quality: 'high' }, 'usd', 0.04, 0.04],
    ['Model', { model: 'fast', 'model.size': '2K' }, 'usd', 0.02, 0.02],
    ['Model', { model: 'pro', 'model.n': 3 }, 'usd', 0.3, 0.3],
    ['Model', {}, 'usd', 0.01, 0.01],
    ['References', {}, 'usd', 0.01, 0.01],
    ['Sound', {}, 'usd', 0.2, 0.2],
    ['Sound', { sound: false }, 'usd', 0.1, 0.1],
    ['Unit', { seconds: 6 }, 'usd', 0.3, 0.3],
    ['Range', {}, 'range', 0.01, 0.03],
    ['List', {}, 'list', 0.02, 0.04],
    ['Speech', { text: 'hello' }, 'usd', 0.005, 0.005],
  ])('%s with %j: %s', async (type, inputs, kind, min, max) => {
    expect(await priceOf(type, inputs)).toMatchObject({
      kind,
      amount: amount(min, max),
      reason: null,
      calls: 1,
      run: 'yes',
    })
  })

  it('more for what is connected to it', async () => {
    const inputs = { image: ['1', 0], 'images.a': ['1', 0], 'images.b': ['1', 0] }
    const price = await priceOf('References', inputs, { '1': ['Load'] })
    expect(price?.amount).toEqual(amount(2.11))
  })

  it.each([
    ['NoBadge', {}, 'unknown', { code: 'no-price-badge' }, null],
    ['BadBadge', {}, 'unknown', { code: 'badge-not-understood' }, null],
    ['OtherEngine', {}, 'unknown', { code: 'badge-not-understood' }, null],
    ['Throws', {}, 'unknown', { code: 'expression-failed' }, null],
    ['Nonsense', {}, 'unknown', { code: 'expression-no-price' }, null],
    ['Loops', {}, 'unknown', { code: 'expression-too-many-steps' }, null],
    ['Words', {}, 'text', { code: 'text-only' }, 'Token-based'],
    [
      'Tokens',
      {},
      'unknown',
      { code: 'quantity-unknown', unit: 'per 1K tokens' },
      '21.1/42.2 credits per 1K tokens',
    ],
    ['Speech', {}, 'unknown', { code: 'empty-text', widget: 'text' }, '0 credits/Run'],
    [
      'Quality',
      { quality: 'ultra' },
      'unknown',
      { code: 'value-not-offered', widget: 'quality', value: 'ultra' },
      null,
    ],
    [
      'PerSecond',
      { duration: 'long' },
      'unknown',
      { code: 'value-not-offered', widget: 'duration', value: 'long' },
      null,
    ],
    [
      // Of another widget: the file is of a version of the node that had fewer.
      'Sound',
      { sound: 4 },
      'unknown',
      { code: 'value-not-offered', widget: 'sound', value: '4' },
      null,
    ],
  ])('what nobody knows: %s with %j', async (type, inputs, kind, reason, label) => {
    expect(await priceOf(type, inputs)).toMatchObject({ kind, amount: null, reason, label })
  })

  it('nothing where it is no partner node, and is not listed', async () => {
    const file = api({ '1': ['Load'], '2': ['Unheard'], '3': ['Unheard'] })
    const { nodes, total, missing } = await estimated(file, types)
    expect(nodes).toEqual([])
    const unheard = { type: 'Unheard', run: 'yes', mayBePartner: true }
    expect(missing).toEqual([
      { id: '2', ...unheard },
      { id: '3', ...unheard },
    ])
    expect(total).toEqual({ ...amount(0), unknown: 0 })
  })
})

it.each([
  ['of ComfyUI itself', { pack: 'comfy-core' }, true],
  ['of nobody knows whom', {}, true],
  ['of an extension', { pack: 'comfyui-kjnodes' }, false],
  ['that gives nothing', { outputs: [] }, false],
  ['that gives a model', { outputs: ['MODEL'] }, false],
  ['that takes a latent', { inputs: { a: null }, types: { a: 'LATENT' } }, false],
])('a missing node %s may be a partner node: %s', async (_, node, mayBePartner) => {
  const file = workflow([{ id: 1, type: 'Unheard', ...node }])
  expect((await estimated(file, types)).missing).toMatchObject([{ id: '1', mayBePartner }])
})

describe('a widget that another node sets', () => {
  it('has the value that the other node has', async () => {
    const price = await priceOf(
      'PerSecond',
      { duration: ['1', 0] },
      { '1': ['PrimitiveInt', { value: 7 }] },
    )
    expect(price?.amount).toEqual(amount(0.35))
  })

  it('through a switch that is set', async () => {
    const price = await priceOf(
      'PerSecond',
      { duration: ['3', 0] },
      {
        '1': ['PrimitiveInt', { value: 7 }],
        '2': ['PrimitiveInt', { value: 9 }],
        '3': ['ComfySwitchNode', { switch: false, on_false: ['1', 0], on_true: ['2', 0] }],
      },
    )
    expect(price?.amount).toEqual(amount(0.35))
  })

  it('may have any of its few values, which is a range', async () => {
    expect(await priceOf('Quality', { quality: ['1', 0] }, { '1': ['Measure'] })).toMatchObject({
      kind: 'range',
      amount: amount(0.01, 0.04),
    })
  })

  it('makes the price unknown where it may be anything', async () => {
    const reason = { code: 'widget-from-node', widget: 'duration', nodeId: '1' }
    expect(await priceOf('PerSecond', { duration: ['1', 0] }, { '1': ['Measure'] })).toMatchObject({
      kind: 'unknown',
      reason,
    })
    const text = { code: 'widget-from-node', widget: 'text', nodeId: '1' }
    expect(await priceOf('Speech', { text: ['1', 0] }, { '1': ['Measure'] })).toMatchObject({
      reason: text,
    })
    const unit = { code: 'quantity-unknown', unit: '/second' }
    expect(await priceOf('Unit', { seconds: ['1', 0] }, { '1': ['Measure'] })).toMatchObject({
      kind: 'unknown',
      reason: unit,
      label: '10.6 credits/second',
    })
  })
})

describe('a node that is given a list', () => {
  const list = {
    '1': ['PrimitiveString', { value: 'a' }],
    '2': ['PrimitiveString', { value: 'b' }],
    '3': ['CreateList', { 'inputs.a': ['1', 0], 'inputs.b': ['2', 0], 'inputs.c': 'c' }],
    '4': ['Fixed', { image: ['3', 0] }],
  } satisfies Nodes

  it('costs once for each of its items', async () => {
    expect(await priceOf('Fixed', { image: ['4', 0] }, list)).toMatchObject({
      amount: amount(0.18),
      calls: 3,
      label: '12.7 credits/Run',
    })
  })

  it('costs what nobody knows where its length shows only in the run', async () => {
    expect(await priceOf('Fixed', { image: ['1', 0] }, { '1': ['Folder'] })).toMatchObject({
      kind: 'unknown',
      calls: null,
      reason: { code: 'list-length-unknown' },
    })
  })

  it('does not count for ever where nodes are linked in a loop', async () => {
    const loop = { '1': ['Fixed', { image: ['node', 0] }] } satisfies Nodes
    expect(await priceOf('Fixed', { image: ['1', 0] }, loop)).toMatchObject({ calls: 1 })
  })
})

describe('a node in a loop', () => {
  const loop = (start: Inputs, more: Nodes = {}, end: Inputs = {}) => ({
    start: ['StartLoop', start],
    edit: ['Fixed', { image: ['start', 4] }],
    end: ['EndLoop', { output_value: ['edit', 0], next_iteration_value: ['edit', 0], ...end }],
    after: ['Fixed', { image: ['end', 0] }],
    ...more,
  })
  const callsIn = async (nodes: Record<string, unknown>) => {
    const result = await estimated(api(nodes as Nodes), types)
    return Object.fromEntries(result.nodes.map(({ id, calls }) => [id, calls]))
  }
  const simple = { mode: 'simple', 'mode.num_iterations': 3 }
  const three = {
    list: ['CreateList', { 'inputs.a': 'a', 'inputs.b': 'b', 'inputs.c': 'c' }],
  } satisfies Nodes

  it.each<[string, Inputs, Nodes, number | null]>([
    ['a number', simple, {}, 3],
    ['no number', { mode: 'simple', 'mode.num_iterations': 0 }, {}, 0],
    ['what another node sets', { ...simple, 'mode.num_iterations': ['n', 0] }, {}, 5],
    [
      'steps',
      { mode: 'For', 'mode.start_iteration_index': 1, 'mode.max_iteration': 8, 'mode.step': 3 },
      {},
      3,
    ],
    ['a list', { mode: 'List', 'mode.list': ['list', 0] }, three, 3],
    ['what only the run shows', { ...simple, 'mode.num_iterations': ['m', 0] }, {}, null],
    ['a list that only the run shows', { mode: 'List', 'mode.list': ['folder', 0] }, {}, null],
    ['a mode that nobody knows', { mode: 'While' }, {}, null],
  ])('costs once for each pass: by %s', async (_, start, more, calls) => {
    const others = {
      n: ['PrimitiveInt', { value: 5 }],
      m: ['Measure'],
      folder: ['Folder'],
      ...more,
    }
    expect(await callsIn({ ...loop(start), ...others })).toEqual({ edit: calls, after: 1 })
  })

  it('as often as all loops around it have passes', async () => {
    const nested = {
      start: ['StartLoop', simple],
      inner: ['StartLoop', { ...simple, parent_iteration: ['start', 0] }],
      edit: ['Fixed', { image: ['inner', 4] }],
      endInner: ['EndLoop', { output_value: ['edit', 0] }],
      between: ['Fixed', { image: ['endInner', 0] }],
      end: ['EndLoop', { output_value: ['between', 0] }],
      after: ['Fixed', { image: ['end', 0] }],
    }
    expect(await callsIn(nested)).toEqual({ edit: 9, between: 3, after: 1 })
  })

  it('costs for each of all results after it', async () => {
    const nodes = loop(simple, {}, { accumulate: true })
    expect(await callsIn(nodes)).toEqual({ edit: 3, after: 3 })
  })

  it('costs what nobody knows where a list goes from pass to pass', async () => {
    const nodes = loop({ ...simple, initial_iteration_value: ['list', 0] }, three)
    expect(await callsIn(nodes)).toMatchObject({ edit: null })
  })

  it('is found in a file whose nodes are linked in a ring', async () => {
    const nodes = loop({ ...simple, parent_iteration: ['end', 0] })
    expect(Object.keys(await callsIn(nodes))).toEqual(['edit', 'after'])
  })
})

describe('the total', () => {
  const both = (inputs: Inputs) =>
    api({
      '1': ['Fixed'],
      '2': ['Range'],
      '3': ['ComfySwitchNode', { ...inputs, on_false: ['1', 0], on_true: ['2', 0] }],
      '4': ['Save', { images: ['3', 0] }],
      '5': ['Measure'],
    })

  it('leaves out the side that a switch does not take, but not from the most it can be', async () => {
    const { nodes, total } = await estimated(both({ switch: true }), types)
    expect(nodes.map(({ run }) => run)).toEqual(['not-needed', 'yes'])
    expect(total).toEqual({
      minUsdMicros: 10_000,
      typicalUsdMicros: 20_000,
      maxUsdMicros: 90_000,
      unknown: 0,
    })
  })

  it('is at least nothing where only the run decides', async () => {
    const { nodes, total } = await estimated(both({ switch: ['5', 0] }), types)
    expect(nodes.map(({ run }) => run)).toEqual(['maybe', 'maybe'])
    expect(total).toMatchObject({ minUsdMicros: 0, typicalUsdMicros: 80_000, maxUsdMicros: 90_000 })
  })

  it('leaves out what no output needs, unless nodes are not known', async () => {
    const prompt = { '1': ['Fixed'], '2': ['Save'], '3': ['Words'] } satisfies Nodes
    const { nodes, total } = await estimated(api(prompt), types)
    expect(nodes.map(({ run }) => run)).toEqual(['not-needed', 'not-needed'])
    expect(total).toMatchObject({ minUsdMicros: 0, maxUsdMicros: 60_000, unknown: 0 })
    const more = api({ ...prompt, '4': ['Unheard', { image: ['1', 0] }] })
    const [first] = (await estimated(more, types)).nodes
    expect(first?.run).toBe('yes')
  })

  it('counts a batch', async () => {
    const { total } = await estimated(api({ '1': ['Fixed'] }), types, { batchCount: 4 })
    expect(total).toEqual({ ...amount(0.24), unknown: 0 })
  })

  describe('of a batch', () => {
    const load = { id: 1, type: 'Load', widgets: ['a.png'] }
    const paid = { id: 2, type: 'Fixed', inputs: { image: 1 } }
    const seeded = (control: string) => ({ id: 3, type: 'Seeded', widgets: [7, control] })
    const batch = async (nodes: Parameters<typeof workflow>[0], more: object[] = []) => {
      const file = workflow(nodes, [[1, 1, 0, 2, 0]], more)
      return estimated(file, types, { batchCount: 4 })
    }
    const once = { minUsdMicros: 60_000, typicalUsdMicros: 60_000, maxUsdMicros: 240_000 }
    const eachTime = { minUsdMicros: 240_000, typicalUsdMicros: 240_000, maxUsdMicros: 240_000 }

    it('has one run of what nothing changes, and at most all', async () => {
      const result = await batch([load, paid])
      expect(result.nodes).toMatchObject([{ isReused: true, run: 'yes' }])
      expect(result.total).toMatchObject(once)
      expect(result.firstRun).toMatchObject({ ...once, maxUsdMicros: 60_000 })
      expect((await batch([seeded('fixed')])).total).toMatchObject(once)
    })

    it.each(['randomize', 'increment', 'decrement'])('has all runs of a seed to %s', async (to) => {
      expect((await batch([seeded(to)])).total).toMatchObject(eachTime)
      const named = { seed: 7, control_after_generate: to }
      expect((await batch([{ ...seeded(to), named }])).total).toMatchObject(eachTime)
    })

    it.each<[string, Parameters<typeof workflow>[0]]>([
      ['comes from a node that changes', [{ ...seeded('randomize'), id: 1 }, paid]],
      ['comes from a node that nobody knows', [{ ...load, type: 'Unheard' }, paid]],
      [
        'is set by a primitive that changes',
        [
          { id: 1, type: 'PrimitiveNode', widgets: [7, 'randomize'] },
          { ...seeded('fixed'), id: 2, inputs: { 'widget:seed': 1 } },
        ],
      ],
    ])('has all runs of what %s', async (_, nodes) => {
      const { nodes: found } = await batch(nodes)
      expect(found.map(({ isReused }) => isReused)).not.toContain(true)
    })

    it('has all runs of a subgraph whose node has the control', async () => {
      const inner = subgraph('S', [{ id: 5, type: 'Fixed' }])
      const host = { id: 2, type: 'S', widgets: [7, 'randomize'] }
      expect((await batch([load, host], [inner])).total).toMatchObject(eachTime)
      expect(
        (await batch([load, { ...host, widgets: [7, 'fixed'] }], [inner])).total,
      ).toMatchObject(once)
    })
  })

  it('counts the nodes that nobody knows the price of', async () => {
    const file = api({ '1': ['Fixed'], '2': ['NoBadge'], '3': ['Words'] })
    expect((await estimated(file, types)).total).toEqual({ ...amount(0.06), unknown: 2 })
  })

  it('takes what has not changed for likely free', async () => {
    const before = api({ '1': ['Fixed'], '2': ['Fixed', { image: ['1', 0] }], '3': ['Quality'] })
    const after = api({
      '1': ['Fixed'],
      '2': ['Fixed', { image: ['1', 0] }],
      '3': ['Quality', { quality: 'high' }],
      '4': ['Fixed', { image: ['3', 0] }],
    })
    const info = objectInfo(types)
    const cached = unchangedSince(readPrompt(before, info), readPrompt(after, info))
    expect([...cached]).toEqual(['1', '2'])
    const { nodes, total } = await estimated(after, types, { cached })
    expect(nodes.map(({ run }) => run)).toEqual(['likely-cached', 'likely-cached', 'yes', 'yes'])
    expect(total).toMatchObject({ typicalUsdMicros: 100_000, maxUsdMicros: 220_000 })
  })

  it('of nodes that depend on each other in a loop has none for unchanged', () => {
    const info = objectInfo(types)
    const loop = () =>
      readPrompt(
        api({ '1': ['Fixed', { image: ['2', 0] }], '2': ['Fixed', { image: ['1', 0] }] }),
        info,
      )
    expect([...unchangedSince(loop(), loop())]).toEqual([])
  })
})

const costlyNode = fc.oneof(
  fc.record({ type: fc.constant('Fixed'), widgets: fc.constant([]) }),
  fc.record({
    type: fc.constant('PerSecond'),
    widgets: fc.tuple(fc.integer({ min: 1, max: 1000 })),
  }),
  fc.record({ type: fc.constant('Quality'), widgets: fc.tuple(fc.constantFrom('low', 'high')) }),
  fc.record({
    type: fc.constant('Model'),
    widgets: fc.oneof(
      fc.tuple(fc.constant('fast'), fc.constantFrom('1K', '2K')),
      fc.tuple(fc.constant('pro'), fc.integer({ min: 1, max: 10 })),
    ),
  }),
  fc.record({
    type: fc.constantFrom('Range', 'List', 'Tokens', 'Throws'),
    widgets: fc.constant([]),
  }),
)

const nodesOf = (nodes: readonly { type: string; widgets: readonly unknown[] }[]) =>
  nodes.map((node, index) => ({ ...node, id: index + 1 }))

describe('of any workflow', () => {
  const check = (property: fc.IAsyncProperty<unknown>) =>
    fc.assert(property, { numRuns: repetitions(3000, 100) })
  const graph = fc.array(costlyNode, { minLength: 1, maxLength: 12 })

  it('the total is the sum of its nodes', () =>
    check(
      fc.asyncProperty(graph, async (nodes) => {
        const result = await estimated(workflow(nodesOf(nodes)), types)
        const sum = (name: 'minUsdMicros' | 'typicalUsdMicros' | 'maxUsdMicros') =>
          result.nodes.reduce((all, node) => all + (node.amount?.[name] ?? 0), 0)
        const { minUsdMicros, typicalUsdMicros, maxUsdMicros, unknown } = result.total
        expect(result.nodes).toHaveLength(nodes.length)
        expect([minUsdMicros, typicalUsdMicros, maxUsdMicros]).toEqual([
          sum('minUsdMicros'),
          sum('typicalUsdMicros'),
          sum('maxUsdMicros'),
        ])
        expect(minUsdMicros <= typicalUsdMicros && typicalUsdMicros <= maxUsdMicros).toBe(true)
        expect(Number.isInteger(typicalUsdMicros)).toBe(true)
        expect(unknown).toBe(result.nodes.filter(({ reason }) => reason !== null).length)
      }),
    ))

  it.each([[2], [4]])('a node of mode %i takes exactly its price away', (mode) =>
    check(
      fc.asyncProperty(graph, fc.nat(), async (nodes, pick) => {
        const all = nodesOf(nodes)
        const off = all[pick % all.length]
        const before = await estimated(workflow(all), types)
        const without = all.map((node) => (node === off ? { ...node, mode } : node))
        const after = await estimated(workflow(without), types)
        expect(after.nodes).toEqual(before.nodes.filter(({ id }) => id !== String(off?.id)))
        const gone = before.nodes.find(({ id }) => id === String(off?.id))
        expect(after.total.maxUsdMicros).toBe(
          before.total.maxUsdMicros - (gone?.amount?.maxUsdMicros ?? 0),
        )
      }),
    ),
  )

  it('a subgraph around some of it changes nothing, however deep', () =>
    check(
      fc.asyncProperty(
        graph,
        fc.nat(),
        fc.integer({ min: 1, max: 4 }),
        async (nodes, split, depth) => {
          const all = nodesOf(nodes)
          const inside = all.slice(0, split % (all.length + 1))
          const graphs = Array.from({ length: depth }, (_, level) =>
            subgraph(
              `S${level}`,
              level === depth - 1 ? inside : [{ id: 1, type: `S${level + 1}` }],
            ),
          )
          const outside = [...all.slice(inside.length), { id: 1000, type: 'S0' }]
          const flat = await estimated(workflow(all), types)
          const wrapped = await estimated(workflow(outside, [], graphs), types)
          expect(wrapped.total).toEqual(flat.total)
          expect(wrapped.nodes.map(({ id }) => id.split(':').at(-1)).toSorted()).toEqual(
            flat.nodes.map(({ id }) => id).toSorted(),
          )
        },
      ),
    ))
})
