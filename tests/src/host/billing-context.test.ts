import { describe, expect, it, vi } from 'vitest'
import { createComfyHost } from '../../../src/host/comfy-host.ts'
import type { ComfyApp, ComfyStore } from '../../../src/host/comfy-types.ts'

const ENTRY = 'http://127.0.0.1:8288/extensions/comfyui-credits/credits.js'
const team = { id: 'ws_1', name: 'Studio', type: 'team', role: 'member' }
const personal = { id: 'ws_2', name: 'Ann', type: 'personal', role: 'owner' }

interface Options {
  readonly auth?: Record<string, unknown>
  readonly workspaces?: Record<string, unknown>
}

/** A store of Pinia's, as far as others can see it change. */
function fakeHost({ auth = {}, workspaces }: Options = {}) {
  const subscribers = new Set<() => void>()
  const actions = new Set<(action: { after: (done: () => void) => void }) => void>()
  const listen = <T>(set: Set<T>) =>
    vi.fn((listener: T) => {
      set.add(listener)
      return () => set.delete(listener)
    })
  const store: Record<string, unknown> = {
    initState: 'loading',
    activeWorkspace: null,
    activeWorkspaceBillingRail: null,
    $subscribe: listen(subscribers),
    $onAction: listen(actions),
    ...workspaces,
  }
  const authStore: Record<string, unknown> = { getWorkspaceAuthHeader: async () => null, ...auth }
  const stores = new Map<string, ComfyStore>([
    ['auth', authStore],
    ['teamWorkspace', store],
  ])
  const app: ComfyApp = { extensionManager: { _p: { _s: stores } } }
  return {
    host: createComfyHost(app, ENTRY),
    stores,
    listening: () => subscribers.size + actions.size,
    become(values: Record<string, unknown>) {
      Object.assign(store, values)
      for (const subscriber of subscribers) subscriber()
    },
    /** Changes what is no public state, inside an action. */
    act(values: Record<string, unknown>) {
      for (const action of actions) {
        action({
          after: (done) => {
            Object.assign(store, values)
            done()
          },
        })
      }
    },
  }
}

describe('who pays', () => {
  it('is the customer where the host has no credentials for workspaces (up to 1.50)', () => {
    const { host } = fakeHost({ auth: { getWorkspaceAuthHeader: undefined } })
    expect(host.billingContext()).toEqual({ state: 'customer' })
  })

  it.each([
    [{ initState: 'uninitialized' }, { state: 'loading' }],
    [{ initState: 'loading', activeWorkspace: team }, { state: 'loading' }],
    [{ initState: 'ready', activeWorkspace: null }, { state: 'loading' }],
    [{ initState: 'ready', activeWorkspace: { id: 7 } }, { state: 'loading' }],
    [{ initState: 'error' }, { state: 'unreachable' }],
    [
      { initState: 'ready', activeWorkspace: { ...team, token: 'secret' } },
      { state: 'workspace', workspace: team, rail: null },
    ],
    [
      {
        initState: 'ready',
        activeWorkspace: personal,
        activeWorkspaceBillingRail: 'legacy_stripe',
      },
      { state: 'workspace', workspace: personal, rail: 'legacy_stripe' },
    ],
  ])('where the host says %j is %j', (workspaces, context) => {
    expect(fakeHost({ workspaces }).host.billingContext()).toEqual(context)
  })

  it('is not known while the host has not made the store yet', () => {
    const { host, stores } = fakeHost()
    stores.delete('teamWorkspace')
    host.login({ id: 'u1' })
    expect(host.billingContext()).toEqual({ state: 'loading' })
  })

  it('is reported once per change, also of a rail that only an action sets', () => {
    const { host, become, act } = fakeHost()
    const notified = vi.fn()
    host.onBillingContextChange(notified)
    host.login({ id: 'u1' })
    become({ initState: 'ready', activeWorkspace: personal })
    become({ members: [] })
    act({ activeWorkspaceBillingRail: 'stripe' })
    expect(notified.mock.calls).toEqual([
      [{ state: 'workspace', workspace: personal, rail: null }],
      [{ state: 'workspace', workspace: personal, rail: 'stripe' }],
    ])
  })

  it('is no more listened for after the logout', () => {
    const { host, listening } = fakeHost()
    host.login({ id: 'u1' })
    expect(listening()).toBe(2)
    host.logout()
    expect(listening()).toBe(0)
  })

  it('is asked for again by the store’s own initialize, and its failing is no error of ours', async () => {
    const initialize = vi.fn(async () => {
      throw new Error('still away')
    })
    const { host } = fakeHost({ workspaces: { initState: 'error', initialize } })
    host.login({ id: 'u1' })
    host.retryWorkspaces()
    await vi.waitFor(() => expect(initialize).toHaveBeenCalledOnce())
    expect(host.billingContext()).toEqual({ state: 'unreachable' })
  })
})

describe('credentials', () => {
  it('for the workspace come from the host’s own method, with the store as this', async () => {
    const { host } = fakeHost({
      auth: {
        token: 'w1',
        async getWorkspaceAuthHeader(this: ComfyStore) {
          return { Authorization: `Bearer ${String(this['token'])}` }
        },
      },
    })
    host.login({ id: 'u1' })
    expect(await host.workspaceAuthHeaders()).toEqual({ Authorization: 'Bearer w1' })
  })

  it('that were refused are renewed: the person’s token, then the workspace’s', async () => {
    const steps: string[] = []
    const { host, stores } = fakeHost({
      auth: {
        currentUser: { getIdToken: async (force: boolean) => steps.push(`user ${force}`) },
        getUserAuthHeader: async () => ({ Authorization: 'Bearer u' }),
        getWorkspaceAuthHeader: async () => ({ Authorization: 'Bearer w' }),
      },
    })
    stores.set('workspaceAuth', { refreshToken: async () => steps.push('workspace') })
    host.login({ id: 'u1' })
    await host.authHeaders()
    await host.workspaceAuthHeaders()
    expect(steps).toEqual([])
    await host.authHeaders({ renew: true })
    await host.workspaceAuthHeaders({ renew: true })
    expect(steps).toEqual(['user true', 'user true', 'workspace'])
  })
})
