import { asArray, asId, asRecord, asText, isRecord, type JsonRecord } from './json.ts'

/** A workflow as ComfyUI saves it: the root's graph, and those of its subgraphs by their ids. */
export interface WorkflowFile {
  readonly root: SavedGraph
  readonly subgraphs: ReadonlyMap<string, SavedGraph>
}

export interface SavedGraph {
  readonly nodes: ReadonlyMap<string, SavedNode>
  readonly links: ReadonlyMap<string, SavedLink>
  /** Of a subgraph: what its node has on the outside. */
  readonly inputs: readonly string[]
  readonly outputs: number
}

export interface SavedNode {
  readonly id: string
  readonly type: string
  readonly mode: number
  /** The package of nodes that it comes from; null in files that do not say so. */
  readonly pack: string | null
  readonly inputs: readonly SavedInput[]
  readonly outputTypes: readonly string[]
  /** A list by position, or a record by name. */
  readonly widgets: unknown
  readonly namedWidgets: JsonRecord | null
  /** Widgets of inner nodes that a subgraph's node shows: `[inner id, widget]`. */
  readonly proxyWidgets: readonly (readonly unknown[])[]
}

export interface SavedInput {
  readonly name: string
  readonly type: string
  readonly isWidget: boolean
  readonly linkId: string | null
}

export interface SavedLink {
  readonly from: string
  readonly fromSlot: number
  readonly to: string
  readonly toSlot: number
  readonly type: string
}

/** The ends of a subgraph's links that are its own inputs and outputs. */
export const SUBGRAPH_INPUT = '-10'
export const SUBGRAPH_OUTPUT = '-20'

export const isWorkflow = (json: unknown): boolean => isRecord(json) && Array.isArray(json['nodes'])

/** Gives a node that was read before, instead of reading it. */
type Remember = (json: JsonRecord, read: () => SavedNode | null) => SavedNode | null

export function readWorkflow(
  json: unknown,
  remember: Remember = (_json, read) => read(),
): WorkflowFile {
  const record = asRecord(json)
  const subgraphs = asArray(asRecord(record['definitions'])['subgraphs']).flatMap(
    (subgraph): [string, SavedGraph][] => {
      const id = asId(asRecord(subgraph)['id'])
      return id === null ? [] : [[id, readGraph(asRecord(subgraph), remember)]]
    },
  )
  return { root: readGraph(record, remember), subgraphs: new Map(subgraphs) }
}

function readGraph(graph: JsonRecord, remember: Remember): SavedGraph {
  const nodes = asArray(graph['nodes']).flatMap((json) => {
    const node = asRecord(json)
    return remember(node, () => readNode(node)) ?? []
  })
  const links = asArray(graph['links']).flatMap((link) => {
    const read = readLink(link)
    return read ? [read] : []
  })
  return {
    nodes: new Map(nodes.map((node) => [node.id, node])),
    links: new Map(links),
    inputs: asArray(graph['inputs']).map((input) => asText(asRecord(input)['name']) ?? ''),
    outputs: asArray(graph['outputs']).length,
  }
}

function readNode(node: JsonRecord): SavedNode | null {
  const id = asId(node['id'])
  const type = asText(node['type'])
  if (id === null || type === null) return null
  const { mode, widgets_values_named: named } = node
  const properties = asRecord(node['properties'])
  return {
    id,
    type,
    mode: typeof mode === 'number' ? mode : 0,
    pack: asText(properties['cnr_id']),
    inputs: asArray(node['inputs']).map((input) => readInput(asRecord(input))),
    outputTypes: asArray(node['outputs']).map((output) => asText(asRecord(output)['type']) ?? ''),
    widgets: node['widgets_values'],
    namedWidgets: isRecord(named) ? named : null,
    proxyWidgets: asArray(properties['proxyWidgets']).map(asArray),
  }
}

function readInput(input: JsonRecord): SavedInput {
  return {
    name: asText(input['name']) ?? '',
    type: asText(input['type']) ?? '',
    isWidget: isRecord(input['widget']),
    linkId: asId(input['link']),
  }
}

/** A list in the root's graph, a record in subgraphs and in newer files. */
function readLink(link: unknown): [string, SavedLink] | null {
  const list = Array.isArray(link) ? asArray(link) : null
  const record = asRecord(link)
  const [id, from, fromSlot, to, toSlot, type] = list ?? [
    record['id'],
    record['origin_id'],
    record['origin_slot'],
    record['target_id'],
    record['target_slot'],
    record['type'],
  ]
  const ids = [asId(id), asId(from), asId(to)]
  const [linkId, fromId, toId] = ids
  if (!linkId || !fromId || !toId) return null
  return [
    linkId,
    {
      from: fromId,
      fromSlot: Number(fromSlot) || 0,
      to: toId,
      toSlot: Number(toSlot) || 0,
      type: asText(type) ?? '',
    },
  ]
}
