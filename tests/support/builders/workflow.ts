import { answerQuestion } from '../../../src/estimate/answer-question.ts'
import type { BadgeEvaluator } from '../../../src/estimate/badge-questions.ts'
import { estimate, type Estimate } from '../../../src/estimate/estimate.ts'
import { readObjectInfo, type ObjectInfo } from '../../../src/estimate/object-info.ts'
import { readPrompt } from '../../../src/estimate/read-prompt.ts'

type Spec = readonly [type: unknown, config?: object]

interface NodeType {
  readonly required?: Readonly<Record<string, Spec>>
  readonly optional?: Readonly<Record<string, Spec>>
  readonly price?: Badge
  readonly more?: object
}

interface Badge {
  readonly expr: string
  readonly widgets?: Readonly<Record<string, string>>
  readonly inputs?: readonly string[]
  readonly groups?: readonly string[]
}

/** A node type as the server describes it. With a price it is a partner node. */
export function nodeType({ required = {}, optional = {}, price, more = {} }: NodeType): object {
  return {
    input: { required, optional },
    output_node: false,
    ...(price ? { api_node: true, price_badge: badge(price) } : {}),
    ...more,
  }
}

export function badge({ expr, widgets = {}, inputs = [], groups = [] }: Badge): object {
  return {
    engine: 'jsonata',
    expr,
    depends_on: {
      widgets: Object.entries(widgets).map(([name, type]) => ({ name, type })),
      inputs,
      input_groups: groups,
    },
  }
}

export const usd = (amount: number): string => JSON.stringify({ type: 'usd', usd: amount })

export const combo = (...options: string[]): Spec => ['COMBO', { options }]

export const dynamicCombo = (options: Readonly<Record<string, Record<string, Spec>>>): Spec => [
  'COMFY_DYNAMICCOMBO_V3',
  {
    options: Object.entries(options).map(([key, required]) => ({ key, inputs: { required } })),
  },
]

export const int = (config: object = {}): Spec => ['INT', config]
export const image: Spec = ['IMAGE', {}]

export const objectInfo = (types: Readonly<Record<string, object>>): ObjectInfo =>
  readObjectInfo(types)

interface Node {
  readonly id: number
  readonly type: string
  readonly mode?: number
  readonly widgets?: unknown
  readonly named?: object
  /** Inputs with the ids of their links; `widget:` before the name of one that is a widget. */
  readonly inputs?: Readonly<Record<string, number | null>>
  /** Of inputs that are no `IMAGE`, by their names. */
  readonly types?: Readonly<Record<string, string>>
  readonly outputs?: readonly string[]
  readonly pack?: string
  readonly proxies?: readonly (readonly [string, string])[]
}

function savedNode(node: Node): object {
  const { id, type, mode = 0, widgets = [], named, inputs = {}, outputs = ['IMAGE'] } = node
  const { types = {} } = node
  return {
    id,
    type,
    mode,
    inputs: Object.entries(inputs).map(([key, link]) => {
      const name = key.replace(/^widget:/, '')
      return {
        name,
        type: types[name] ?? 'IMAGE',
        link,
        ...(name === key ? {} : { widget: { name } }),
      }
    }),
    outputs: outputs.map((output) => ({ name: output, type: output })),
    properties: {
      ...(node.proxies ? { proxyWidgets: node.proxies } : {}),
      ...(node.pack === undefined ? {} : { cnr_id: node.pack }),
    },
    widgets_values: widgets,
    ...(named ? { widgets_values_named: named } : {}),
  }
}

type Link = readonly [id: number, from: number, fromSlot: number, to: number, toSlot: number]

export function workflow(
  nodes: readonly Node[],
  links: readonly Link[] = [],
  subgraphs: readonly object[] = [],
): object {
  return {
    nodes: nodes.map(savedNode),
    links: links.map((link) => [...link, 'IMAGE']),
    definitions: { subgraphs },
    version: 0.4,
  }
}

export function subgraph(
  id: string,
  nodes: readonly Node[],
  links: readonly Link[] = [],
  { inputs = [], outputs = [] }: { inputs?: readonly string[]; outputs?: readonly string[] } = {},
): object {
  return {
    id,
    nodes: nodes.map(savedNode),
    links: links.map(([link, from, fromSlot, to, toSlot]) => ({
      id: link,
      origin_id: from,
      origin_slot: fromSlot,
      target_id: to,
      target_slot: toSlot,
      type: 'IMAGE',
    })),
    inputs: inputs.map((name) => ({ name })),
    outputs: outputs.map((name) => ({ name })),
  }
}

/** In this thread: for expressions that are known to end. */
export const directEvaluator: BadgeEvaluator = {
  evaluate: (questions) => Promise.all(questions.map(answerQuestion)),
  close() {},
}

export function estimated(
  file: object,
  types: Readonly<Record<string, object>>,
  options: Parameters<typeof estimate>[3] = {},
): Promise<Estimate> {
  const info = objectInfo(types)
  return estimate(readPrompt(file, info), info, directEvaluator, options)
}
