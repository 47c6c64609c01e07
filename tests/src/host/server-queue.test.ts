import { afterEach, describe, expect, it, vi } from 'vitest'
import type { ComfyApp } from '../../../src/host/comfy-types.ts'
import { mayCost } from '../../../src/host/graph.ts'
import { serverIsIdle } from '../../../src/host/server-queue.ts'

afterEach(() => Reflect.deleteProperty(window, 'LiteGraph'))

describe('whether the server is idle', () => {
  const answering = (body: unknown, status = 200): ComfyApp => {
    const fetchApi = vi.fn(async () => Response.json(body, { status }))
    return { api: Object.assign(new EventTarget(), { fetchApi }) }
  }

  it.each([
    [{ queue_running: [], queue_pending: [] }, 200, true],
    [{ queue_running: [[0, 'p']], queue_pending: [] }, 200, false],
    [{ queue_running: [], queue_pending: [[0, 'p']] }, 200, false],
    [{ queue_running: [] }, 200, null],
    [null, 200, null],
    [{ queue_running: [], queue_pending: [] }, 500, null],
  ])('answers %j with %i: %s', async (body, status, idle) => {
    expect(await serverIsIdle(answering(body, status))).toBe(idle)
  })

  it('is not known where the host cannot ask', async () => {
    expect(await serverIsIdle({})).toBeNull()
  })
})

describe('whether a prompt may cost credits', () => {
  const prompt = (class_type: unknown) => ({ 1: { class_type } })

  it('is what the host knows of its nodes, and assumed where it knows nothing', () => {
    expect(mayCost(prompt('Flux'))).toBe(true)
    const type = (api_node: boolean) => Object.assign(() => {}, { nodeData: { api_node } })
    Reflect.set(window, 'LiteGraph', {
      registered_node_types: { Flux: type(true), Blur: type(false) },
    })
    expect(mayCost(prompt('Flux'))).toBe(true)
    expect(mayCost({ 1: { class_type: 'Blur' }, 2: { class_type: 'Flux' } })).toBe(true)
    expect([prompt('Blur'), prompt('Unknown'), {}].map(mayCost)).toEqual([false, false, false])
    const odd = ['constructor', '__proto__', 7, null, undefined].map(prompt)
    expect(odd.map(mayCost)).toEqual(odd.map(() => false))
    expect([null, 'x'].map(mayCost)).toEqual([true, true])
    expect(mayCost({ 1: null, 2: 'x' })).toBe(false)
  })
})
