import { describe, expect, it, vi } from 'vitest'
import { createComfyHost } from '../../../src/host/comfy-host.ts'
import type { ComfyApp, ComfyStore } from '../../../src/host/comfy-types.ts'

const ENTRY = 'http://127.0.0.1:8288/extensions/comfyui-credits/credits.js'

/** The host's two stores of logins, as Pinia shows them to others. */
function fakeLogins() {
  const actions = new Set<(action: { after: (done: () => void) => void }) => void>()
  const $onAction = (listener: (action: { after: (done: () => void) => void }) => void) => {
    actions.add(listener)
    return () => actions.delete(listener)
  }
  const state: { user: object | null; key: string | null; keyUser: object | null } = {
    user: null,
    key: null,
    keyUser: null,
  }
  const auth: ComfyStore = {
    $onAction,
    get currentUser() {
      return state.user
    },
    async getAuthHeader() {
      if (state.user) return { Authorization: `Bearer ${String(Reflect.get(state.user, 'uid'))}` }
      return state.key === null ? null : { 'X-API-KEY': state.key }
    },
  }
  const apiKeyAuth: ComfyStore = {
    $onAction,
    getApiKey: () => state.key,
    get currentUser() {
      return state.keyUser
    },
  }
  const stores = new Map([
    ['auth', auth],
    ['apiKeyAuth', apiKeyAuth],
  ])
  const app: ComfyApp = { extensionManager: { _p: { _s: stores } } }
  const host = createComfyHost(app, ENTRY)
  const told = vi.fn()
  host.onAccountChange(told)
  return {
    host,
    told,
    become: (next: Partial<typeof state>) => Object.assign(state, next),
    actionEnds() {
      for (const action of actions) action({ after: (done) => done() })
    },
  }
}

const FIRST = { id: 'api-key:first', login: 'api-key' }

describe('between two logins', () => {
  it('there is nobody from the moment the host gives out other credentials', async () => {
    const { host, become } = fakeLogins()
    become({ key: 'k1', keyUser: { id: 'first' } })
    host.login({ id: 'first' })
    expect(host.account()).toEqual(FIRST)
    // Up to 1.50 the key's user comes a whole question later.
    become({ key: 'k2' })
    expect(host.account()).toBeNull()
    expect(await host.authHeaders()).toBeNull()
    become({ keyUser: { id: 'second' } })
    host.login({ id: 'second' })
    expect(host.account()).toEqual({ id: 'api-key:second', login: 'api-key' })
    expect(await host.authHeaders()).toEqual({ 'X-API-KEY': 'k2' })
  })

  it('the last one is taken away as soon as the new key is stored', () => {
    const { host, told, become, actionEnds } = fakeLogins()
    become({ key: 'k1', keyUser: { id: 'first' } })
    host.login({ id: 'first' })
    actionEnds()
    become({ key: 'k2' })
    actionEnds()
    expect(told.mock.calls).toEqual([[FIRST], [null]])
  })

  it('a second key of the same user is told too: the first one’s answers are void', () => {
    const { host, told, become } = fakeLogins()
    become({ key: 'k1', keyUser: { id: 'first' } })
    host.login({ id: 'first' })
    become({ key: 'k2' })
    host.login({ id: 'first' })
    expect(told.mock.calls).toEqual([[FIRST], [FIRST]])
    expect(host.account()).toEqual(FIRST)
  })
})

describe('a login that no hook tells of', () => {
  it('on top of a key’s is the account, as its token is what runs go out with', () => {
    const { host, told, become, actionEnds } = fakeLogins()
    become({ key: 'k1', keyUser: { id: 'first' } })
    host.login({ id: 'first' })
    become({ user: { uid: 'person' } })
    actionEnds()
    expect(host.account()).toEqual({ id: 'token:person', login: 'token' })
    become({ user: null })
    actionEnds()
    expect(told.mock.lastCall).toEqual([FIRST])
  })

  it('is the one signed in where the host names the key’s user', () => {
    const { host, become } = fakeLogins()
    become({ user: { uid: 'person' }, key: 'k1', keyUser: { id: 'first' } })
    host.login({ id: 'first' })
    expect(host.account()?.id).toBe('token:person')
  })
})

describe('a renewal', () => {
  const withUser = (getIdToken: () => Promise<string>) => {
    const { host, become } = fakeLogins()
    become({ user: { uid: 'person', getIdToken } })
    host.login({ id: 'person' })
    return host.authHeaders({ renew: true })
  }
  const firebaseError = (code: string) => Object.assign(new Error(code), { code })

  it('that is refused says once that the login was ended elsewhere', async () => {
    const { host, become } = fakeLogins()
    const getIdToken = () => Promise.reject(firebaseError('auth/user-token-expired'))
    become({ user: { uid: 'person', getIdToken } })
    const ended = vi.fn()
    host.onLoginEnded(ended)
    host.login({ id: 'person' })
    expect(await host.authHeaders({ renew: true })).toBeNull()
    expect(await host.authHeaders({ renew: true })).toBeNull()
    expect(ended).toHaveBeenCalledOnce()
  })

  it.each([
    ['without a network', firebaseError('auth/network-request-failed')],
    ['broken otherwise', new TypeError('no such thing')],
  ])('%s fails as it did', async (_, failure) => {
    await expect(withUser(() => Promise.reject(failure))).rejects.toBe(failure)
  })
})
