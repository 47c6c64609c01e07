import type { ComfyApp, ComfyGraph, ComfyNode } from './comfy-types.ts'
import { member } from './member.ts'
import type { GraphNode } from './port.ts'

/** A node inside subgraphs has the ids of the way to it, as in "3:1". */
export function describeNode(app: ComfyApp, nodeId: string): GraphNode | null {
  let graph: ComfyGraph | undefined = app.rootGraph ?? app.graph
  let node: ComfyNode | null | undefined
  for (const id of nodeId.split(':')) {
    node = graph?.getNodeById?.(id)
    graph = node?.subgraph
  }
  if (!node?.type) return null
  return { id: nodeId, type: node.type, title: node.title ?? node.type }
}

/** Whether a node of the prompt asks a partner for credits; true where the host does not say. */
export function mayCost(prompt: unknown): boolean {
  const types = member(Reflect.get(window, 'LiteGraph'), 'registered_node_types')
  if (typeof types !== 'object' || types === null) return true
  if (typeof prompt !== 'object' || prompt === null) return true
  return Object.values(prompt).some((node: unknown) => {
    const type = member(types, String(member(node, 'class_type')))
    return member(member(type, 'nodeData'), 'api_node') === true
  })
}

/** A workflow that was never saved has only a made-up name: that is no name to a person. */
export function workflowName(app: ComfyApp): string | null {
  const workflow = app.extensionManager?.workflow?.activeWorkflow
  return workflow && !workflow.isTemporary ? (workflow.filename ?? null) : null
}

/**
 * Whether a node on the canvas asks a partner for credits, in a subgraph too; true where the host does
 * not say. Fast, and rough: a bypassed one counts.
 */
export function openGraphMayCost(app: ComfyApp): boolean {
  try {
    return graphMayCost(app.rootGraph ?? app.graph, new Set())
  } catch {
    // Nodes of others may throw, and in 1.58 a graph that is not there yet.
    return true
  }
}

function graphMayCost(graph: unknown, seen: Set<unknown>): boolean {
  const nodes = member(graph, 'nodes') ?? member(graph, '_nodes')
  if (!Array.isArray(nodes)) return true
  seen.add(graph)
  return nodes.some((node: unknown) => {
    if (member(member(member(node, 'constructor'), 'nodeData'), 'api_node') === true) return true
    const inner = member(node, 'subgraph')
    return inner !== undefined && inner !== null && !seen.has(inner) && graphMayCost(inner, seen)
  })
}
