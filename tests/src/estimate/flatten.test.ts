import { describe, expect, it } from 'vitest'
import type { Prompt } from '../../../src/estimate/prompt.ts'
import { readPrompt } from '../../../src/estimate/read-prompt.ts'
import {
  combo,
  image,
  int,
  nodeType,
  objectInfo,
  subgraph,
  workflow,
} from '../../support/builders/workflow.ts'

const info = objectInfo({
  Load: nodeType({ required: { file: combo('a.png', 'b.png') } }),
  Edit: nodeType({
    required: { image, duration: int({ default: 5 }) },
    optional: { mask: ['MASK', {}] },
  }),
  Save: nodeType({ required: { images: image }, more: { output_node: true } }),
})

const queued = (file: object) => shape(readPrompt(file, info))

function shape(prompt: Prompt) {
  return Object.fromEntries(
    [...prompt].map(([id, { type, values, links }]) => [
      id,
      {
        type,
        values: Object.fromEntries(values),
        links: Object.fromEntries(
          [...links].map(([name, { nodeId, output }]) => [name, [nodeId, output]]),
        ),
      },
    ]),
  )
}

const load = { id: 1, type: 'Load', widgets: ['a.png'] } as const
const edit = { id: 2, type: 'Edit', widgets: [8], inputs: { image: 1 } } as const

describe('what ComfyUI queues of a workflow', () => {
  it('has values and links by name', () => {
    expect(queued(workflow([load, edit], [[1, 1, 0, 2, 0]]))).toEqual({
      '1': { type: 'Load', values: { file: 'a.png' }, links: {} },
      '2': { type: 'Edit', values: { duration: 8 }, links: { image: ['1', 0] } },
    })
  })

  it.each([[2], [4]])(
    'has no node of mode %i, nor a link from one that passes nothing on',
    (mode) => {
      expect(queued(workflow([{ ...load, mode }, edit], [[1, 1, 0, 2, 0]]))).toEqual({
        '2': { type: 'Edit', values: { duration: 8 }, links: {} },
      })
    },
  )

  it('links past a bypassed node by the type of its inputs, and not past a muted one', () => {
    const next = { id: 3, type: 'Save', inputs: { images: 2 } }
    const links = [
      [1, 1, 0, 2, 0],
      [2, 2, 0, 3, 0],
    ] as const
    const past = queued(workflow([load, { ...edit, mode: 4 }, next], links))
    expect(past['3']?.links).toEqual({ images: ['1', 0] })
    const muted = queued(workflow([load, { ...edit, mode: 2 }, next], links))
    expect(muted['3']?.links).toEqual({})
  })

  describe('links past a bypassed node', () => {
    const sources = [load, { ...load, id: 2 }]
    const save = { id: 9, type: 'Save', inputs: { images: 9 } }
    const links = [
      [1, 1, 0, 5, 0],
      [2, 2, 0, 5, 1],
      [9, 5, 0, 9, 0],
    ] as const
    const past = (types: Record<string, string>, outputs: string[], wanted = 'IMAGE') => {
      const inputs = { a: 1, b: 2 }
      const bypassed = { id: 5, type: 'Edit', mode: 4, inputs, types, outputs }
      const end = { ...save, types: { images: wanted } }
      return queued(workflow([...sources, bypassed, end], links))['9']?.links
    }

    it.each([
      ['the same slot, where it fits', { a: 'IMAGE', b: 'IMAGE' }, ['IMAGE'], 'IMAGE', '1'],
      ['an input of several types', { a: 'MASK,IMAGE', b: 'MASK' }, ['IMAGE'], 'IMAGE', '1'],
      ['an output of several types', { a: 'LATENT', b: 'IMAGE' }, ['IMAGE,MASK'], 'IMAGE', '2'],
      ['an output of any type', { a: 'MASK', b: 'IMAGE' }, ['*'], 'IMAGE', '2'],
      ['an input of any type', { a: 'MASK', b: '*' }, ['IMAGE'], 'IMAGE', '2'],
      ['the exact type before any other', { a: 'MASK', b: 'IMAGE' }, ['*'], 'IMAGE', '2'],
      ['the same slot, where anything is wanted', { a: 'MASK', b: 'IMAGE' }, ['IMAGE'], '*', '1'],
    ])('to %s', (_, types, outputs, wanted, from) => {
      expect(past(types, outputs, wanted)).toEqual({ images: [from, 0] })
    })

    it('to nothing where no type fits', () => {
      expect(past({ a: 'MASK', b: 'LATENT' }, ['IMAGE'])).toEqual({})
    })

    it('by the type that is wanted outside of a subgraph', () => {
      const inner = subgraph(
        'S',
        [{ id: 5, type: 'Edit', mode: 4, inputs: { a: 1, b: 2 }, types: { a: 'MASK' } }],
        [
          [1, -10, 0, 5, 0],
          [2, -10, 1, 5, 1],
          [3, 5, 0, -20, 0],
        ],
        { inputs: ['a', 'b'], outputs: ['IMAGE'] },
      )
      const host = { id: 5, type: 'S', inputs: { a: 1, b: 2 } }
      const file = workflow([...sources, host, save], links, [inner])
      expect(queued(file)['9']?.links).toEqual({ images: ['2', 0] })
    })
  })

  it('has neither reroutes nor notes nor primitives, but what they stand for', () => {
    const nodes = [
      load,
      { id: 4, type: 'Reroute', inputs: { '': 1 } },
      { id: 5, type: 'PrimitiveNode', widgets: [12, 'fixed'] },
      { id: 6, type: 'MarkdownNote', widgets: ['text'] },
      { ...edit, inputs: { image: 2, 'widget:duration': 3 } },
    ]
    const links = [
      [1, 1, 0, 4, 0],
      [2, 4, 0, 2, 0],
      [3, 5, 0, 2, 1],
    ] as const
    expect(queued(workflow(nodes, links))).toEqual({
      '1': { type: 'Load', values: { file: 'a.png' }, links: {} },
      '2': { type: 'Edit', values: { duration: 12 }, links: { image: ['1', 0] } },
    })
  })

  it('follows a GetNode to its SetNode', () => {
    const nodes = [
      load,
      { id: 4, type: 'SetNode', widgets: ['photo'], inputs: { IMAGE: 1 } },
      { id: 5, type: 'GetNode', widgets: ['photo'] },
      { ...edit, inputs: { image: 2 } },
    ]
    const links = [
      [1, 1, 0, 4, 0],
      [2, 5, 0, 2, 0],
    ] as const
    expect(queued(workflow(nodes, links))['2']?.links).toEqual({ image: ['1', 0] })
  })

  it('has a widget of another node as a link, and not its stored value', () => {
    const nodes = [load, { ...edit, inputs: { 'widget:duration': 1 } }]
    expect(queued(workflow(nodes, [[1, 1, 0, 2, 0]]))['2']).toEqual({
      type: 'Edit',
      values: {},
      links: { duration: ['1', 0] },
    })
  })

  it('survives links in a loop', () => {
    const nodes = [
      { id: 4, type: 'Reroute', inputs: { '': 2 } },
      { id: 5, type: 'Reroute', inputs: { '': 1 } },
      { ...edit, inputs: { image: 2 } },
    ]
    const links = [
      [1, 4, 0, 5, 0],
      [2, 5, 0, 4, 0],
    ] as const
    expect(queued(workflow(nodes, links))['2']?.links).toEqual({})
  })
})

describe('of a subgraph it queues the inner nodes', () => {
  const inner = subgraph(
    'S',
    [{ id: 7, type: 'Edit', widgets: [3], inputs: { image: 1, 'widget:duration': 2 } }],
    [
      [1, -10, 0, 7, 0],
      [2, -10, 1, 7, 1],
      [3, 7, 0, -20, 0],
    ],
    { inputs: ['image', 'duration'], outputs: ['IMAGE'] },
  )
  const save = { id: 9, type: 'Save', inputs: { images: 2 } }
  const links = [
    [1, 1, 0, 8, 0],
    [2, 8, 0, 9, 0],
  ] as const
  const host = { id: 8, type: 'S', inputs: { image: 1, 'widget:duration': null } }

  it('by a path of ids, with links through its inputs and outputs', () => {
    expect(queued(workflow([load, host, save], links, [inner]))).toEqual({
      '1': { type: 'Load', values: { file: 'a.png' }, links: {} },
      '8:7': { type: 'Edit', values: { duration: 3 }, links: { image: ['1', 0] } },
      '9': { type: 'Save', values: {}, links: { images: ['8:7', 0] } },
    })
  })

  const durationOf = (node: Parameters<typeof workflow>[0][number]) =>
    queued(workflow([load, node, save], links, [inner]))['8:7']?.values['duration']

  it('with the widgets that its node shows', () => {
    expect(durationOf({ ...host, widgets: [11] })).toBe(11)
    expect(durationOf({ ...host, widgets: [11], named: { duration: 11 } })).toBe(11)
    expect(durationOf({ ...host, widgets: [11], inputs: { image: 1 } })).toBe(11)
    expect(durationOf({ ...host, widgets: [null] })).toBe(3)
  })

  it('with widgets as files before 1.43 list them', () => {
    const both = [
      ['7', 'seed'],
      ['-1', 'duration'],
    ] as const
    expect(durationOf({ ...host, widgets: [11], proxies: [['-1', 'duration']] })).toBe(11)
    expect(durationOf({ ...host, widgets: [1, 11], proxies: both })).toBe(11)
    expect(durationOf({ ...host, widgets: [11], proxies: both })).toBe(11)
    expect(durationOf({ ...host, widgets: [], proxies: [['7', 'duration']] })).toBe(3)
  })

  it('with a link to a widget that its node shows', () => {
    const linked = { ...host, inputs: { image: 1, 'widget:duration': 5 }, widgets: [11] }
    const primitive = { id: 5, type: 'PrimitiveNode', widgets: [15] }
    const file = workflow([load, linked, save, primitive], [...links, [5, 5, 0, 8, 1]], [inner])
    expect(queued(file)['8:7']?.values).toEqual({ duration: 15 })
  })

  it.each([[2], [4]])('and none of them where its node has the mode %i', (mode) => {
    const file = workflow([load, { ...host, mode }, save], links, [inner])
    expect(Object.keys(queued(file))).toEqual(['1', '9'])
  })

  it('twice where two nodes stand for it, each with its own values', () => {
    const nodes = [
      { ...host, widgets: [11] },
      { ...host, id: 18, widgets: [12], inputs: { image: null, 'widget:duration': null } },
    ]
    const prompt = queued(workflow([load, ...nodes], links, [inner]))
    expect([prompt['8:7']?.values, prompt['18:7']?.values]).toEqual([
      { duration: 11 },
      { duration: 12 },
    ])
  })

  it('within another one', () => {
    const outer = subgraph(
      'O',
      [{ id: 8, type: 'S', inputs: { image: 1, 'widget:duration': 2 }, widgets: [4] }],
      [
        [1, -10, 0, 8, 0],
        [2, -10, 1, 8, 1],
        [3, 8, 0, -20, 0],
      ],
      { inputs: ['image', 'seconds'], outputs: ['IMAGE'] },
    )
    const nodes = [load, { id: 8, type: 'O', inputs: { image: 1 }, widgets: [14] }, save]
    expect(queued(workflow(nodes, links, [inner, outer]))).toMatchObject({
      '8:8:7': { values: { duration: 14 }, links: { image: ['1', 0] } },
      '9': { links: { images: ['8:8:7', 0] } },
    })
    const unset = [load, { id: 8, type: 'O', inputs: { image: 1 } }, save]
    expect(queued(workflow(unset, links, [inner, outer]))['8:8:7']?.values).toEqual({ duration: 4 })
  })

  it('unless it contains itself', () => {
    const self = subgraph('S', [
      { id: 1, type: 'S' },
      { id: 2, type: 'S' },
    ])
    expect(() => queued(workflow([{ id: 1, type: 'S' }], [], [self]))).toThrow(
      expect.objectContaining({ code: 'nested-too-deep' }) as Error,
    )
  })
})

describe('an API prompt', () => {
  const prompt = {
    '1': { class_type: 'Load', inputs: { file: 'a.png', list: { __value__: ['1', 0] } } },
    '8:7': { class_type: 'Edit', inputs: { image: ['1', 0], duration: 8 } },
  }
  const expected = {
    '1': { type: 'Load', values: { file: 'a.png', list: ['1', 0] }, links: {} },
    '8:7': { type: 'Edit', values: { duration: 8 }, links: { image: ['1', 0] } },
  }

  it.each([
    ['alone', prompt],
    ['in the request that queues it', { prompt, client_id: 'x' }],
    ['beside the workflow it was made of', { output: prompt, workflow: {} }],
  ])('is read %s', (_, json) => {
    expect(queued(json)).toEqual(expected)
  })

  it.each([[null], [12], [[]], [{}], [{ nodes: {} }], [{ '1': { inputs: {} } }], [{ prompt: [] }]])(
    'is not %j',
    (json) => {
      expect(() => readPrompt(json, info)).toThrow(
        expect.objectContaining({ code: 'not-a-workflow' }) as Error,
      )
    },
  )
})

describe('a broken workflow', () => {
  it.each([
    [{ nodes: [null, 1, {}, { id: 1 }, { type: 'Load' }] }],
    [{ nodes: [], links: [null, [], [1], {}], definitions: { subgraphs: [null, {}, 3] } }],
    [{ nodes: [], definitions: [] }],
  ])('%j has no nodes', (json) => {
    expect(queued(json)).toEqual({})
  })

  it('may have inputs and widgets of any kind', () => {
    const nodes = [
      {
        id: 1,
        type: 'Edit',
        inputs: [null, { link: {} }, { name: 3, link: 4 }],
        widgets_values: 'x',
      },
      { id: '2', type: 'Edit', inputs: 'x', properties: { proxyWidgets: [null, 3] } },
    ]
    expect(queued({ nodes })).toMatchObject({ '1': { links: {} }, '2': { links: {} } })
  })
})

it.each([[null], [[]], [{}], [{ nodes: {} }], [{ Load: {} }]])('%j is no object info', (json) => {
  expect(() => objectInfo(json as never)).toThrow(
    expect.objectContaining({ code: 'not-object-info' }) as Error,
  )
})
