import { afterEach, describe, expect, it, vi } from 'vitest'
import { createComfyHost } from '../../../src/host/comfy-host.ts'
import type { ComfyApp, ComfyStore } from '../../../src/host/comfy-types.ts'

const ENTRY = 'http://127.0.0.1:8288/extensions/comfyui-credits/credits.js'

interface Action {
  readonly name: string
  readonly after: (done: () => void) => void
}

/** A store's actions as Pinia makes them: each call is announced, and its end after its result. */
function piniaActions() {
  const listeners = new Set<(action: Action) => void>()
  return {
    $onAction: (listener: (action: Action) => void) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    action<T>(name: string, run: () => T): () => T {
      return () => {
        const ends: (() => void)[] = []
        for (const listener of listeners) listener({ name, after: (done) => ends.push(done) })
        const result = run()
        for (const end of ends) end()
        return result
      }
    },
  }
}

/** The host's two stores of logins, as Pinia shows them to others. */
function fakeLogins() {
  const state: { user: object | null; key: string | null; keyUser: object | null } = {
    user: null,
    key: null,
    keyUser: null,
  }
  const authActions = piniaActions()
  const auth: ComfyStore = {
    $onAction: authActions.$onAction,
    get currentUser() {
      return state.user
    },
    async getAuthHeader() {
      if (state.user) return { Authorization: `Bearer ${String(Reflect.get(state.user, 'uid'))}` }
      return state.key === null ? null : { 'X-API-KEY': state.key }
    },
  }
  const keyActions = piniaActions()
  const getApiKey = vi.fn(() => state.key)
  const apiKeyAuth: ComfyStore = {
    $onAction: keyActions.$onAction,
    getApiKey: keyActions.action('getApiKey', getApiKey),
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
  const notified = vi.fn()
  host.onAccountChange(notified)
  return {
    host,
    notified,
    getApiKey,
    become: (next: Partial<typeof state>) => Object.assign(state, next),
    actionEnds: () => {
      authActions.action('login', () => null)()
      keyActions.action('storeApiKey', () => null)()
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
    const { host, notified, become, actionEnds } = fakeLogins()
    become({ key: 'k1', keyUser: { id: 'first' } })
    host.login({ id: 'first' })
    actionEnds()
    become({ key: 'k2' })
    actionEnds()
    expect(notified.mock.calls).toEqual([[FIRST], [null]])
  })

  it('a second key of the same user is reported too: the first one’s answers are void', () => {
    const { host, notified, become } = fakeLogins()
    become({ key: 'k1', keyUser: { id: 'first' } })
    host.login({ id: 'first' })
    become({ key: 'k2' })
    host.login({ id: 'first' })
    expect(notified.mock.calls).toEqual([[FIRST], [FIRST]])
    expect(host.account()).toEqual(FIRST)
  })
})

describe('what the person is called', () => {
  it.each([
    [{ user: { uid: 'u1', email: 'ada@example.com', displayName: 'Ada' } }, 'ada@example.com'],
    [{ user: { uid: 'u1', email: null, displayName: 'Ada' } }, 'Ada'],
    [{ key: 'k1', keyUser: { id: 'u1', email: '', name: 'Ada L.' } }, 'Ada L.'],
    [{ user: { uid: 'u1' } }, null],
  ])('with %j is %j, and nothing after the logout', (state, name) => {
    const { host, become } = fakeLogins()
    become(state)
    host.login({ id: 'u1' })
    expect(host.personName()).toBe(name)
    host.logout()
    expect(host.personName()).toBeNull()
  })
})

describe('reading the key', () => {
  afterEach(() => vi.restoreAllMocks())

  it('is an action of the host’s store too, and does not make us read it again', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue()
    const { host, notified, become, actionEnds, getApiKey } = fakeLogins()
    become({ key: 'k1', keyUser: { id: 'first' } })
    host.login({ id: 'first' })
    expect(getApiKey).toHaveBeenCalledTimes(1)
    expect(host.account()).toEqual(FIRST)
    expect(getApiKey).toHaveBeenCalledTimes(2)
    expect(await host.authHeaders()).toEqual({ 'X-API-KEY': 'k1' })
    expect(getApiKey).toHaveBeenCalledTimes(3)
    actionEnds()
    expect(getApiKey).toHaveBeenCalledTimes(5)
    expect(notified.mock.calls).toEqual([[FIRST]])
    expect(warn).not.toHaveBeenCalled()
  })
})

describe('a login that no hook reports', () => {
  it('on top of a key’s is the account, as its token is what runs go out with', () => {
    const { host, notified, become, actionEnds } = fakeLogins()
    become({ key: 'k1', keyUser: { id: 'first' } })
    host.login({ id: 'first' })
    become({ user: { uid: 'person' } })
    actionEnds()
    expect(host.account()).toEqual({ id: 'token:person', login: 'token' })
    become({ user: null })
    actionEnds()
    expect(notified.mock.lastCall).toEqual([FIRST])
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
