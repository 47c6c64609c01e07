import { describe, expect, it, vi } from 'vitest'
import type { ComfyApp, ComfyWorkflow } from '../../../src/host/comfy-types.ts'
import { savedWorkflows } from '../../../src/host/workflows.ts'

function appWith(...persistedWorkflows: ComfyWorkflow[]) {
  const loadGraphData = vi.fn(() => Promise.resolve())
  const closeDialog = vi.fn()
  const app: ComfyApp = {
    loadGraphData,
    extensionManager: {
      workflow: { persistedWorkflows },
      _p: { _s: new Map([['dialog', { closeDialog }]]) },
    },
  }
  return { app, loadGraphData, closeDialog }
}

describe('the saved workflows', () => {
  it('are opened by the name a run had, as the host opens them, and are then to be seen', async () => {
    let graph: unknown = null
    const workflow = {
      filename: 'Castle',
      isLoaded: false,
      get activeState() {
        return graph
      },
      load: () => {
        graph = { nodes: [] }
        return Promise.resolve()
      },
    }
    const { app, loadGraphData, closeDialog } = appWith({ filename: 'Other' }, workflow)
    const saved = savedWorkflows(app)
    expect(saved?.has('Castle')).toBe(true)
    expect(await saved?.open('Castle')).toBe(true)
    expect(loadGraphData).toHaveBeenCalledExactlyOnceWith({ nodes: [] }, true, true, workflow)
    expect(closeDialog).toHaveBeenCalledExactlyOnceWith({ key: 'global-settings' })
  })

  it('are not opened where two have the name, or none', async () => {
    const { app, loadGraphData } = appWith({ filename: 'Twice' }, { filename: 'Twice' })
    const saved = savedWorkflows(app)
    expect(saved?.has('Twice')).toBe(false)
    expect(saved?.has('Never')).toBe(false)
    expect(await saved?.open('Twice')).toBe(false)
    expect(loadGraphData).not.toHaveBeenCalled()
  })

  it('are none where the host has no such store, or no such call', () => {
    expect(savedWorkflows({})).toBeNull()
    expect(savedWorkflows({ extensionManager: { workflow: {} } })).toBeNull()
  })
})
