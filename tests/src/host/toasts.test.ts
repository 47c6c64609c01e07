import { describe, expect, it, vi } from 'vitest'
import type { ComfyApp, ComfyToasts } from '../../../src/host/comfy-types.ts'
import { createComfyHost } from '../../../src/host/comfy-host.ts'

const ENTRY = 'http://127.0.0.1:8288/extensions/comfyui-credits/credits.js'
const NEWS = { severity: 'success', summary: 'Credits added', detail: '2,110' } as const

function hostWith(toast: ComfyToasts) {
  const stores = new Map([['auth', { currentUser: {} }]])
  const app: ComfyApp = { extensionManager: { _p: { _s: stores }, toast } }
  return createComfyHost(app, ENTRY)
}

describe('what was said to one person is taken away when the next logs in', () => {
  it('up to 1.50, by the message itself', () => {
    const up: object[] = []
    const host = hostWith({
      add: (message) => up.push(message),
      remove: (message) => up.splice(up.indexOf(message), 1),
    })
    host.login({ id: 'u1' })
    host.toast?.(NEWS)
    expect(up).toMatchObject([{ ...NEWS, life: 8000 }])
    host.logout()
    host.login({ id: 'u2' })
    expect(up).toEqual([])
  })

  it('since 1.58, by the name that it was given', () => {
    const up = new Map<unknown, unknown>()
    const host = hostWith({
      add: vi.fn(),
      success: (title, options) => up.set(Reflect.get(options, 'id'), [title, options]),
      dismiss: (id) => up.delete(id),
    })
    host.login({ id: 'u1' })
    host.toast?.(NEWS)
    expect([...up.values()]).toMatchObject([['Credits added', { description: '2,110' }]])
    host.login({ id: 'u2' })
    expect(up.size).toBe(0)
  })

  it('and stays for the same person, whom the host logs out and in again', () => {
    const remove = vi.fn()
    const host = hostWith({ add: vi.fn(), remove })
    host.login({ id: 'u1' })
    host.toast?.(NEWS)
    host.logout()
    host.login({ id: 'u1' })
    expect(remove).not.toHaveBeenCalled()
  })

  it('where the host cannot take any away it stays, and nothing is thrown', () => {
    const add = vi.fn()
    const host = hostWith({ add })
    host.login({ id: 'u1' })
    host.toast?.(NEWS)
    host.login({ id: 'u2' })
    expect(add).toHaveBeenCalledOnce()
  })
})

describe('a toast with the id of an earlier one takes its place', () => {
  it('up to 1.50, where the host only adds and takes away', () => {
    const up: object[] = []
    const host = hostWith({
      add: (message) => up.push(message),
      remove: (message) => up.splice(up.indexOf(message), 1),
    })
    host.toast?.({ ...NEWS, id: 'run-1' })
    host.toast?.({ ...NEWS, id: 'run-2' })
    host.toast?.({ ...NEWS, id: 'run-1', detail: '1,055' })
    expect(up).toMatchObject([{ detail: '2,110' }, { detail: '1,055' }])
  })

  it('since 1.58, by its name', () => {
    const ids: unknown[] = []
    const success = (_: string, options: object) => ids.push(Reflect.get(options, 'id'))
    const host = hostWith({ add: vi.fn(), dismiss: vi.fn(), success })
    host.toast?.({ ...NEWS, id: 'run-1' })
    host.toast?.({ ...NEWS, id: 'run-1' })
    expect(new Set(ids).size).toBe(1)
  })
})
