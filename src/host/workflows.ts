import type { ComfyApp, ComfyWorkflow } from './comfy-types.ts'
import type { SavedWorkflows } from './port.ts'
import { findStore } from './stores.ts'

const SETTINGS = 'global-settings'

/**
 * The workflows that the person has saved, as the host's store of them knows them; null where it has
 * none. `loadGraphData` is what the host's own list of workflows ends in (1.40 to 1.58).
 */
export function savedWorkflows(app: ComfyApp): SavedWorkflows | null {
  const { loadGraphData } = app
  if (!app.extensionManager?.workflow || typeof loadGraphData !== 'function') return null
  return {
    has: (name) => find(app, name) !== null,
    async open(name) {
      const workflow = find(app, name)
      if (!workflow) return false
      if (!workflow.isLoaded) await workflow.load?.()
      if (!workflow.activeState) return false
      // The host goes on working on what it is given.
      const graph: unknown = JSON.parse(JSON.stringify(workflow.activeState))
      await loadGraphData.call(app, graph, true, true, workflow)
      closeSettings(app)
      return true
    },
  }
}

/** By the name that a run had: with two of it, in two folders, nobody knows which was meant. */
function find({ extensionManager }: ComfyApp, name: string): ComfyWorkflow | null {
  const saved = extensionManager?.workflow?.persistedWorkflows ?? []
  const [only, ...others] = saved.filter(({ filename }) => filename === name)
  return only && others.length === 0 ? only : null
}

/** What was opened is behind it. */
function closeSettings(app: ComfyApp): void {
  const dialogs = findStore(app, 'dialog')
  const close = dialogs?.['closeDialog']
  if (typeof close === 'function') close.call(dialogs, { key: SETTINGS })
}
