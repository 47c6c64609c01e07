import type { NodeInfo } from './object-info.ts'
import type { OutputRef, PromptNode } from './prompt.ts'
import type { SavedWidgets } from './widget-values.ts'
import type { SavedNode } from './workflow-file.ts'

/** Where an input comes from, by its name. */
export type InputSource = readonly [
  name: string,
  source:
    | { readonly output: OutputRef }
    | { readonly value: unknown; readonly mayChange?: boolean },
]

interface KnownNode {
  readonly info: NodeInfo | null
  readonly widgets: SavedWidgets
  /** Null before it is known what it is linked to. */
  queued: { readonly sources: readonly InputSource[]; readonly node: PromptNode } | null
}

/**
 * What was read of a workflow's nodes. At its next change most nodes are the same, and the same
 * objects stand for them: what asks again for the cost of such a node finds the answer by its object.
 */
export class ReadingMemory {
  private before: ReadonlyMap<string, SavedNode> = new Map()
  private now = new Map<string, SavedNode>()
  private readonly nodes = new WeakMap<SavedNode, KnownNode>()

  /** Remembers only what the last reading had: a workflow may change for hours. */
  begin(): void {
    this.before = this.now
    this.now = new Map()
  }

  savedNode(json: object, read: () => SavedNode | null): SavedNode | null {
    const text = JSON.stringify(json)
    const node = this.now.get(text) ?? this.before.get(text) ?? read()
    if (node) this.now.set(text, node)
    return node
  }

  widgetsOf(node: SavedNode, info: NodeInfo | null, read: () => SavedWidgets): SavedWidgets {
    const known = this.nodes.get(node)
    if (known?.info === info) return known.widgets
    const widgets = read()
    this.nodes.set(node, { info, widgets, queued: null })
    return widgets
  }

  /** Its widgets must have been asked for before. */
  promptNode(
    node: SavedNode,
    id: string,
    { sources, mayChange }: { sources: readonly InputSource[]; mayChange: boolean },
    make: () => PromptNode,
  ): PromptNode {
    const known = this.nodes.get(node)
    const queued = known?.queued
    const isSame = queued?.node.id === id && queued.node.mayChange === mayChange
    if (isSame && areSame(queued.sources, sources)) return queued.node
    const made = make()
    if (known) known.queued = { sources, node: made }
    return made
  }
}

function areSame(some: readonly InputSource[], others: readonly InputSource[]): boolean {
  if (some.length === 0 && others.length === 0) return true
  return JSON.stringify(some) === JSON.stringify(others)
}
