import { asArray, own } from './json.ts'
import { isSurelyLocal } from './local-node.ts'
import type { ObjectInfo } from './object-info.ts'
import { EstimateInputError, type OutputRef, type Prompt, type PromptNode } from './prompt.ts'
import { promotedValues } from './promoted-values.ts'
import type { InputSource, ReadingMemory } from './reading-memory.ts'
import { hasMovingControl, savedWidgets, type SavedWidgets } from './widget-values.ts'
import {
  SUBGRAPH_INPUT,
  SUBGRAPH_OUTPUT,
  type SavedGraph,
  type SavedInput,
  type SavedLink,
  type SavedNode,
  type WorkflowFile,
} from './workflow-file.ts'

const MUTED = 2
const BYPASSED = 4

/** Beyond these a file is broken, or made to be. */
const MAX_DEPTH = 20
const MAX_SUBGRAPHS = 5000
const MAX_NODES = 50_000
/** Over nodes that never run, which a broken file may link in a loop. */
const MAX_HOPS = 500

/** A graph at its place: the root, or a subgraph of one node that stands for it. */
interface Scope {
  /** What its nodes' ids begin with, such as `143:`. */
  readonly prefix: string
  readonly graph: SavedGraph
  readonly depth: number
  /** The node that stands for it, and where that node is; null for the root. */
  readonly host: { readonly node: SavedNode; readonly scope: Scope } | null
  /** Whether the node that stands for it has the control of a seed within. See PromptNode. */
  readonly mayChange: boolean
}

/** Where a link begins once everything that never runs is left out. Null: nowhere. */
type Source = InputSource[1] | null

/** What ComfyUI would queue of a saved workflow. Throws an EstimateInputError. */
export function promptOfWorkflow(
  file: WorkflowFile,
  objectInfo: ObjectInfo,
  memory: ReadingMemory,
): Prompt {
  return new Flattener(file, objectInfo, memory).prompt()
}

class Flattener {
  private readonly nodes = new Map<string, PromptNode>()
  private readonly scopes = new Map<string, Scope>()

  constructor(
    private readonly file: WorkflowFile,
    private readonly objectInfo: ObjectInfo,
    private readonly memory: ReadingMemory,
  ) {}

  prompt(): Prompt {
    this.add({ prefix: '', graph: this.file.root, depth: 0, host: null, mayChange: false })
    return this.nodes
  }

  private add(scope: Scope): void {
    for (const node of scope.graph.nodes.values()) {
      if (node.mode === MUTED || node.mode === BYPASSED) continue
      const inner = this.scopeWithin(node, scope)
      if (inner) this.add(inner)
      else if (!virtualNodes.has(node.type)) this.addNode(node, scope)
    }
  }

  private addNode(node: SavedNode, scope: Scope): void {
    const id = scope.prefix + node.id
    const info = this.objectInfo.node(node.type)
    const widgets = this.memory.widgetsOf(node, info, () => savedWidgets(node, info))
    const sources = node.inputs.flatMap((input): InputSource[] => {
      const source = input.linkId === null ? null : this.followInput(input, scope)
      return source ? [[input.name, source]] : []
    })
    const mayChange =
      widgets.mayChange ||
      scope.mayChange ||
      sources.some(([, source]) => 'value' in source && source.mayChange === true)
    const queued = this.memory.promptNode(node, id, { sources, mayChange }, () => ({
      id,
      type: node.type,
      mayChange,
      isSurelyLocal: isSurelyLocal(node),
      ...withSources(widgets, sources),
    }))
    if (this.nodes.size >= MAX_NODES) {
      throw new EstimateInputError('too-many-nodes', `It has more than ${MAX_NODES} nodes.`)
    }
    this.nodes.set(id, queued)
  }

  private scopeWithin(node: SavedNode, scope: Scope): Scope | null {
    const graph = this.file.subgraphs.get(node.type)
    if (!graph) return null
    const prefix = `${scope.prefix}${node.id}:`
    const known = this.scopes.get(prefix)
    if (known) return known
    const depth = scope.depth + 1
    if (depth > MAX_DEPTH || this.scopes.size >= MAX_SUBGRAPHS) {
      throw new EstimateInputError(
        'nested-too-deep',
        `Its subgraphs are more than ${MAX_SUBGRAPHS}, or nested more than ${MAX_DEPTH} deep.`,
      )
    }
    const mayChange = scope.mayChange || hasMovingControl(widgetValues(node))
    const inner = { prefix, graph, depth, host: { node, scope }, mayChange }
    this.scopes.set(prefix, inner)
    return inner
  }

  /** `wanted` is the type of the input at the link's end. */
  private follow(linkId: string, wanted: string, scope: Scope, hops: number): Source {
    const link = scope.graph.links.get(linkId)
    if (!link || hops > MAX_HOPS) return null
    if (link.from === SUBGRAPH_INPUT) return this.followOutside(link.fromSlot, scope, hops)
    const node = scope.graph.nodes.get(link.from)
    if (!node || node.mode === MUTED) return null
    if (node.mode === BYPASSED) {
      return this.followInput(passingInput(node, link, wanted), scope, hops)
    }
    const inner = this.scopeWithin(node, scope)
    if (inner) return this.followInside(link.fromSlot, wanted, inner, hops)
    const virtual = virtualNodes.get(node.type)
    if (virtual) return virtual(node, (input) => this.followInput(input, scope, hops), scope)
    return { output: { nodeId: scope.prefix + node.id, output: link.fromSlot } }
  }

  private followInput(input: SavedInput | undefined, scope: Scope, hops = 0): Source {
    return input?.linkId ? this.follow(input.linkId, input.type, scope, hops + 1) : null
  }

  /** From a subgraph's input to what is connected to the node that stands for it, or set on it. */
  private followOutside(slot: number, { host, graph }: Scope, hops: number): Source {
    const name = graph.inputs[slot]
    if (!host || name === undefined) return null
    const input = host.node.inputs.find((one) => one.name === name)
    const source = this.followInput(input, host.scope, hops)
    if (source) return source
    const values = promotedValues(host.node, graph)
    return values.has(name) ? { value: values.get(name) } : null
  }

  private followInside(slot: number, wanted: string, inner: Scope, hops: number): Source {
    for (const [linkId, link] of inner.graph.links) {
      if (link.to === SUBGRAPH_OUTPUT && link.toSlot === slot) {
        return this.follow(linkId, wanted, inner, hops + 1)
      }
    }
    return null
  }
}

const noLinks: ReadonlyMap<string, OutputRef> = new Map()

/** An input takes what its link brings, and not what its widget was left at. */
function withSources(
  { values: saved, isComplete }: SavedWidgets,
  sources: readonly InputSource[],
): Pick<PromptNode, 'values' | 'links' | 'isComplete'> {
  // Most nodes of a large workflow have no links, and each Map of a thousand is a thousand Maps.
  if (sources.length === 0) return { values: saved, links: noLinks, isComplete }
  const values = new Map(saved)
  const links = new Map<string, OutputRef>()
  for (const [name, source] of sources) {
    if ('output' in source) {
      links.set(name, source.output)
      values.delete(name)
    } else values.set(name, source.value)
  }
  return { values, links, isComplete }
}

/**
 * The input that a bypassed node passes on, as ComfyUI's frontend chooses it: of the same slot where
 * its type fits both ends, or else of the type that is wanted, or else the first that fits.
 */
function passingInput(
  { inputs, outputTypes }: SavedNode,
  { fromSlot, type }: SavedLink,
  wanted: string,
): SavedInput | undefined {
  const sameSlot = inputs[fromSlot]
  if (isAnyType(wanted)) return sameSlot ?? inputs[0]
  const given = outputTypes[fromSlot] ?? type
  const fits = (input: SavedInput): boolean =>
    isSameType(input.type, given) && isSameType(input.type, wanted)
  if (sameSlot && fits(sameSlot)) return sameSlot
  return inputs.find((input) => input.type === wanted) ?? inputs.find(fits)
}

const isAnyType = (type: string): boolean => type === '' || type === '*'

/** A type may be several, such as `IMAGE,MASK`. */
function isSameType(a: string, b: string): boolean {
  if (isAnyType(a) || isAnyType(b)) return true
  const others = b.toLowerCase().split(',')
  return a
    .toLowerCase()
    .split(',')
    .some((one) => others.includes(one))
}

type Resolve = (node: SavedNode, follow: (input?: SavedInput) => Source, scope: Scope) => Source

const nothing: Resolve = () => null

/** Nodes that only the page knows: the server gets what they stand for. */
const virtualNodes = new Map<string, Resolve>([
  ['Note', nothing],
  ['MarkdownNote', nothing],
  ['Reroute', (node, follow) => follow(node.inputs[0])],
  [
    'PrimitiveNode',
    (node) => ({ value: firstWidget(node), mayChange: hasMovingControl(widgetValues(node)) }),
  ],
  ['SetNode', (node, follow) => follow(node.inputs[0])],
  ['GetNode', resolveGetNode],
])

const widgetValues = ({ widgets, namedWidgets }: SavedNode): readonly unknown[] => [
  ...asArray(widgets),
  ...Object.values(namedWidgets ?? {}),
]

const firstWidget = (node: SavedNode): unknown =>
  asArray(node.widgets)[0] ?? own(node.namedWidgets ?? {}, 'value')

/** Of KJNodes, and in many shared workflows: a link by name to the SetNode beside it. */
function resolveGetNode(
  node: SavedNode,
  follow: (input?: SavedInput) => Source,
  { graph }: Scope,
): Source {
  const name = firstWidget(node)
  for (const other of graph.nodes.values()) {
    const isSource = other.type === 'SetNode' && firstWidget(other) === name
    if (isSource && other.mode !== MUTED && other.mode !== BYPASSED) return follow(other.inputs[0])
  }
  return null
}
