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
  if (typeof nodeTypes() !== 'object' || nodeTypes() === null) return true
  if (typeof prompt !== 'object' || prompt === null) return true
  return Object.values(prompt).some(
    (node: unknown) => member(nodeType(String(member(node, 'class_type'))), 'api_node') === true,
  )
}

/** The host registers each type with the server's own description of it. */
export const nodeType = (type: string): unknown => member(member(nodeTypes(), type), 'nodeData')

const nodeTypes = (): unknown => member(Reflect.get(window, 'LiteGraph'), 'registered_node_types')

/** A workflow that was never saved has only a made-up name, which means nothing to a person. */
export function workflowName(app: ComfyApp): string | null {
  const workflow = app.extensionManager?.workflow?.activeWorkflow
  return workflow && !workflow.isTemporary ? (workflow.filename ?? null) : null
}
