import { createPinia, defineStore } from 'pinia'
import { describe, expect, it, vi } from 'vitest'
import { createComfyHost } from '../../../src/host/comfy-host.ts'
import type { ComfyApp, ComfyStore } from '../../../src/host/comfy-types.ts'

const workflow = { nodes: [{ id: 1, type: 'SampleImage' }] }

/** As the host has it: the queue's settings are a Pinia store. */
function fakeHost(parts: object = {}) {
  const api = new EventTarget()
  const useQueueSettings = defineStore('queueSettingsStore', {
    state: () => ({ mode: 'disabled', batchCount: 1 }),
  })
  const queue = useQueueSettings(createPinia())
  const stores = new Map([['queueSettingsStore', queue as unknown as ComfyStore]])
  const app: ComfyApp = {
    api,
    rootGraph: { serialize: () => workflow },
    extensionManager: { _p: { _s: stores } },
    ...parts,
  }
  return { api, queue, host: createComfyHost(app, 'http://comfy.test/credits.js') }
}

describe('the open workflow', () => {
  it('is the root graph as it would be saved, with what the server says of its nodes', () => {
    const nodeData = { api_node: true }
    vi.stubGlobal('LiteGraph', { registered_node_types: { SampleImage: { nodeData } } })
    const open = fakeHost().host.openWorkflow()
    expect(open?.workflow).toBe(workflow)
    expect(open?.nodeType('SampleImage')).toBe(nodeData)
    expect(open?.nodeType('Elsewhere')).toBeUndefined()
  })

  it('is none where there is no canvas, and the graph where the host has no root', () => {
    const hosts = [fakeHost({ rootGraph: undefined }), fakeHost({ rootGraph: {} })]
    expect(hosts.map(({ host }) => host.openWorkflow())).toEqual([null, null])
    const older = fakeHost({ rootGraph: undefined, graph: { serialize: () => workflow } })
    expect(older.host.openWorkflow()?.workflow).toBe(workflow)
  })

  it('is reported when the person changes it, opens another, or chooses another batch count', () => {
    const { api, queue, host } = fakeHost()
    const listener = vi.fn()
    const off = host.onWorkflowChange(listener)
    expect(host.batchCount()).toBe(1)
    api.dispatchEvent(new Event('graphChanged'))
    expect(listener).toHaveBeenCalledTimes(1)
    queue.batchCount = 4
    document.body.dispatchEvent(new Event('pointerup'))
    expect(listener).toHaveBeenCalledTimes(2)
    expect(host.batchCount()).toBe(4)
    host.workflowLoaded()
    expect(listener).toHaveBeenCalledTimes(3)
    document.body.dispatchEvent(new Event('pointerup', { bubbles: true }))
    document.body.dispatchEvent(new Event('keyup', { bubbles: true }))
    api.dispatchEvent(new Event('promptQueued'))
    expect(listener).toHaveBeenCalledTimes(6)
    off()
    api.dispatchEvent(new Event('graphChanged'))
    document.body.dispatchEvent(new Event('pointerup', { bubbles: true }))
    host.workflowLoaded()
    expect(listener).toHaveBeenCalledTimes(6)
  })

  it('is queued once where the host does not say how often', () => {
    expect(fakeHost({ extensionManager: {} }).host.batchCount()).toBe(1)
  })
})
