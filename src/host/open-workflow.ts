import type { ComfyApp } from './comfy-types.ts'
import { member } from './member.ts'
import type { Host } from './port.ts'
import { findStore, onStoreChange } from './stores.ts'

export interface WorkflowSource extends Pick<
  Host,
  'openWorkflow' | 'batchCount' | 'onWorkflowChange'
> {
  /** Another workflow is on the canvas. */
  workflowLoaded(): void
}

/** What Run would queue. Seen on 1.40.7, 1.45.21, 1.50.6 and 1.58.1. */
export function workflowSource(app: ComfyApp): WorkflowSource {
  const listeners = new Set<() => void>()
  const queueSettings = () => findStore(app, 'queueSettingsStore')
  const changed = (): void => {
    for (const listener of listeners) listener()
  }
  let off = () => {}

  /** The event comes with what the person does, but not with a workflow that is opened. */
  function start(): void {
    const offBatchCount = onStoreChange(queueSettings(), changed)
    app.api?.addEventListener('graphChanged', changed)
    off = () => {
      offBatchCount()
      app.api?.removeEventListener('graphChanged', changed)
    }
  }

  return {
    openWorkflow() {
      try {
        // As the host itself reads it at each change. `graphToPrompt` would have the widgets of
        // other extensions do what they do for a run.
        const workflow = (app.rootGraph ?? app.graph)?.serialize?.()
        return workflow ? { workflow, nodeType } : null
      } catch {
        // Nodes of others take part, and in 1.58 there is no asking before the canvas is there.
        return null
      }
    },
    batchCount() {
      const count = member(queueSettings(), 'batchCount')
      return typeof count === 'number' && count >= 1 ? count : 1
    },
    onWorkflowChange(listener) {
      if (listeners.size === 0) start()
      listeners.add(listener)
      return () => {
        if (listeners.delete(listener) && listeners.size === 0) off()
      }
    },
    workflowLoaded: changed,
  }
}

/** The host registers each type with the server's own description of it. */
function nodeType(type: string): unknown {
  const types = member(Reflect.get(window, 'LiteGraph'), 'registered_node_types')
  return member(member(types, type), 'nodeData')
}
