import type { ComfyApp } from './comfy-types.ts'
import { nodeType } from './graph.ts'
import { member } from './member.ts'
import type { Host } from './port.ts'
import { findStore } from './stores.ts'

export interface WorkflowSource extends Pick<
  Host,
  'openWorkflow' | 'batchCount' | 'onWorkflowChange'
> {
  /** Another workflow is on the canvas. */
  workflowLoaded(): void
}

/**
 * The host's own, a seed that changes once it is queued, and what the host takes for a reason to look
 * for changes. Up to 1.45 it reports them only while it takes the workflow for an open one, which at
 * its start it may not. The batch count changes by these as well.
 */
const CHANGES = ['graphChanged', 'promptQueued', 'pointerup', 'keyup'] as const

/** What Run would queue. Seen on 1.40.7, 1.45.21, 1.50.6 and 1.58.1. */
export function workflowSource(app: ComfyApp): WorkflowSource {
  const listeners = new Set<() => void>()
  const changed = (): void => {
    for (const listener of listeners) listener()
  }
  return {
    openWorkflow() {
      // As the host itself reads it at each change. `graphToPrompt` would have the widgets of other
      // extensions do what they do for a run.
      const workflow = (app.rootGraph ?? app.graph)?.serialize?.()
      return workflow ? { workflow, nodeType } : null
    },
    batchCount: () => Number(member(findStore(app, 'queueSettingsStore'), 'batchCount')) || 1,
    onWorkflowChange: (listener) => {
      listeners.add(listener)
      // For good, and once: without a login nobody listens to us, and then it does nothing.
      for (const type of CHANGES) {
        for (const target of [app.api, window]) target?.addEventListener(type, changed, true)
      }
      return () => listeners.delete(listener)
    },
    workflowLoaded: changed,
  }
}
