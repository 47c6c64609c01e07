import type { ComfyApp, ComfyGraph, ComfyNode } from './comfy-types.ts'
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

/** A workflow that was never saved has only a made-up name: that is no name to a person. */
export function workflowName(app: ComfyApp): string | null {
  const workflow = app.extensionManager?.workflow?.activeWorkflow
  return workflow && !workflow.isTemporary ? (workflow.filename ?? null) : null
}
