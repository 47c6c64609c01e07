import { afterEach, describe, expect, it, vi } from 'vitest'
import type { ComfyApp, ComfyStore } from '../../../src/host/comfy-types.ts'
import { createComfyHost } from '../../../src/host/comfy-host.ts'
import type { RawRunEvent } from '../../../src/host/port.ts'

interface FakeHost {
  readonly app: ComfyApp
  readonly api: EventTarget
  readonly settings: EventTarget
  readonly stores: Map<string, ComfyStore>
}

function fakeHost(values: Record<string, unknown> = {}): FakeHost {
  const api = new EventTarget()
  const settings = Object.assign(new EventTarget(), { addSetting: vi.fn() })
  const stores = new Map<string, ComfyStore>()
  const app: ComfyApp = {
    api,
    ui: { settings },
    extensionManager: { _p: { _s: stores }, setting: { get: (id) => values[id] } },
  }
  return { app, api, settings, stores }
}

const ENTRY = 'http://127.0.0.1:8288/extensions/comfyui-credits/credits.js'

afterEach(() => {
  Reflect.deleteProperty(window, '__CONFIG__')
  Reflect.deleteProperty(window, '__COMFYUI_FRONTEND_VERSION__')
})

describe('the login', () => {
  it('is reported once per change, and not again for the same user', () => {
    const { app, stores } = fakeHost()
    stores.set('auth', { currentUser: {} })
    const host = createComfyHost(app, ENTRY)
    const listener = vi.fn()
    host.onAccountChange(listener)
    host.login({ id: 'u1' })
    host.login({ id: 'u1' })
    host.logout()
    host.logout()
    expect(listener.mock.calls).toEqual([[{ id: 'token:u1', login: 'token' }], [null]])
  })

  it('with a key is another account than the same user by e-mail', () => {
    const { app, stores } = fakeHost()
    stores.set('auth', { currentUser: null })
    const host = createComfyHost(app, ENTRY)
    host.login({ id: 'u1' })
    expect(host.account()).toEqual({ id: 'api-key:u1', login: 'api-key' })
  })

  it.each([
    ['auth', 'getUserAuthHeader'],
    ['firebaseAuth', 'getAuthHeader'],
  ])("takes its header from the store %s's %s, with the store as this", async (store, member) => {
    const { app, stores } = fakeHost()
    stores.set(store, {
      token: 't1',
      async [member](this: ComfyStore) {
        return { Authorization: `Bearer ${String(this['token'])}` }
      },
    })
    const host = createComfyHost(app, ENTRY)
    expect(await host.authHeaders()).toBeNull()
    host.login({ id: 'u1' })
    expect(await host.authHeaders()).toEqual({ Authorization: 'Bearer t1' })
  })

  it.each([[null], ['Bearer x'], [{ Authorization: 7 }], [{}]])(
    'has no header where the host answers %j',
    async (answer) => {
      const { app, stores } = fakeHost()
      stores.set('auth', { getUserAuthHeader: async () => answer })
      const host = createComfyHost(app, ENTRY)
      host.login({ id: 'u1' })
      expect(await host.authHeaders()).toBeNull()
    },
  )
})

describe('the address of the API', () => {
  it.each([
    [undefined, 'https://api.comfy.org'],
    [{ comfy_api_base_url: 'https://stage.example/base/' }, 'https://stage.example/base'],
    [{ comfy_api_base_url: 'http://plain.example' }, 'https://api.comfy.org'],
    [{ comfy_api_base_url: 'not a url' }, 'https://api.comfy.org'],
    [{ comfy_api_base_url: 7 }, 'https://api.comfy.org'],
    ['broken', 'https://api.comfy.org'],
  ])('with the configuration %j is %s', (config, base) => {
    Reflect.set(window, '__CONFIG__', config)
    expect(createComfyHost(fakeHost().app, ENTRY).apiBase).toBe(base)
  })

  it.each([
    ['1.45.21', 'https://stage.example', 'https://api.comfy.org'],
    ['1.50.6', 'https://stage.example', 'https://stage.example'],
    ['1.50.6', 'http://127.0.0.1:9000/', 'http://127.0.0.1:9000'],
    ['1.50.6', 'file:///etc', 'https://api.comfy.org'],
    ['1.58.1', 'https://stage.example', 'https://stage.example'],
    ['1.58.1', 'http://127.0.0.1:9000/', 'https://api.comfy.org'],
  ])('is the one that frontend %s itself takes of %s: %s', (version, named, base) => {
    Reflect.set(window, '__COMFYUI_FRONTEND_VERSION__', version)
    Reflect.set(window, '__CONFIG__', { comfy_api_base_url: named })
    expect(createComfyHost(fakeHost().app, ENTRY).apiBase).toBe(base)
  })
})

describe('run events', () => {
  const collect = (host: ReturnType<typeof createComfyHost>) => {
    const events: RawRunEvent[] = []
    host.onRunEvent((event) => events.push(event))
    return () => events.map(({ type, detail }) => [type, detail])
  }
  const send = (api: EventTarget, type: string, detail: unknown) =>
    api.dispatchEvent(new CustomEvent(type, { detail }))

  it('that came between login and subscription are replayed in order', () => {
    const { app, api } = fakeHost()
    const host = createComfyHost(app, ENTRY)
    send(api, 'execution_start', { prompt_id: 'before login' })
    host.login({ id: 'u1' })
    send(api, 'execution_start', { prompt_id: 'p1' })
    const seen = collect(host)
    send(api, 'executing', '1')
    expect(seen()).toEqual([
      ['execution_start', { prompt_id: 'p1' }],
      ['executing', '1'],
    ])
  })

  it('stop at logout', () => {
    const { app, api } = fakeHost()
    const host = createComfyHost(app, ENTRY)
    host.login({ id: 'u1' })
    const seen = collect(host)
    host.logout()
    send(api, 'executing', '1')
    expect(seen()).toEqual([])
  })
})

describe('the language', () => {
  it('is the new value that the change carries, not the old one still stored', () => {
    const { app, settings } = fakeHost({ 'Comfy.Locale': 'en' })
    const host = createComfyHost(app, ENTRY)
    const listener = vi.fn()
    const off = host.onLocaleChange(listener)
    const change = () =>
      settings.dispatchEvent(new CustomEvent('Comfy.Locale.change', { detail: { value: 'zh' } }))
    change()
    off()
    change()
    expect(listener.mock.calls).toEqual([['zh']])
  })
})

describe('the open workflow', () => {
  const withGraph = (graph: ComfyApp['graph'], workflow: object | null): ComfyApp => ({
    ...(graph ? { graph } : {}),
    extensionManager: { workflow: { activeWorkflow: workflow } },
  })

  it('describes a node, and one inside a subgraph by the way to it', () => {
    const inner = { getNodeById: (id: unknown) => (id === '1' ? { type: 'Inner' } : null) }
    const graph = {
      getNodeById: (id: unknown) =>
        id === '3' ? { type: 'Outer', title: 'Mine', subgraph: inner } : null,
    }
    const host = createComfyHost(withGraph(graph, null), ENTRY)
    expect(host.describeNode('3')).toEqual({ id: '3', type: 'Outer', title: 'Mine' })
    expect(host.describeNode('3:1')).toEqual({ id: '3:1', type: 'Inner', title: 'Inner' })
    expect(host.describeNode('3:9')).toBeNull()
    expect(host.describeNode('9:1')).toBeNull()
  })

  it('has its file name, and none while it was never saved', () => {
    const name = (workflow: object | null) =>
      createComfyHost(withGraph(undefined, workflow), ENTRY).workflowName()
    expect(name({ filename: 'portrait', isTemporary: false })).toBe('portrait')
    expect(name({ filename: 'Unsaved Workflow', isTemporary: true })).toBeNull()
    expect(name(null)).toBeNull()
  })
})

it('a host that lacks everything is no reason to throw', async () => {
  const host = createComfyHost({}, ENTRY)
  host.login({ id: 'u1' })
  expect(await host.authHeaders()).toBeNull()
  expect(host.describeNode('1')).toBeNull()
  expect(host.workflowName()).toBeNull()
  expect(host.toast).toBeNull()
  expect(host.locale()).toBe(navigator.language)
  expect(host.returnUrl).toBe(
    `http://127.0.0.1:8288/extensions/comfyui-credits/return.html?lang=${navigator.language}`,
  )
})

describe('the answers to queued runs', () => {
  interface Queue {
    queuePrompt: (...given: unknown[]) => Promise<unknown>
  }
  const by = (source: string) => ({ intent: { trigger_source: source } })

  /** As the host does it: one run at a time, and the last that was pressed before the others. */
  function queueing(answer: () => Promise<unknown>) {
    const fake = fakeHost()
    const api: EventTarget & Queue = Object.assign(fake.api, { queuePrompt: answer })
    const items: number[] = []
    let busy = false
    const queuePrompt = async (_number: unknown, batchCount: unknown = 1): Promise<unknown> => {
      items.push(Number(batchCount))
      api.dispatchEvent(new CustomEvent('promptQueueing', { detail: { batchCount } }))
      if (busy) return false
      busy = true
      try {
        await Promise.resolve()
        for (let batch = items.pop(); batch !== undefined; batch = items.pop()) {
          await batchOf(batch)
        }
      } finally {
        busy = false
      }
      return true
    }
    const batchOf = async (batch: number): Promise<void> => {
      for (let index = 0; index < batch; index += 1) {
        try {
          await api.queuePrompt(0, { output: { 1: {} }, workflow: {} })
        } catch {
          return
        }
      }
    }
    const app: ComfyApp & Queue = Object.assign(fake.app, { queuePrompt })
    const host = createComfyHost(app, ENTRY)
    const reported: { readonly type: string; readonly detail: unknown }[] = []
    host.onRunEvent(({ type, detail }) => {
      if (type.startsWith('credits_')) reported.push({ type, detail })
    })
    return { app, host, reported }
  }
  const sentOf = (reported: readonly { readonly type: string; readonly detail: unknown }[]) =>
    reported.flatMap(({ type, detail }) => (type === 'credits_sent' ? [detail] : []))

  it('are reported with what pressed Run, from the login to the logout', async () => {
    const { app, host, reported } = queueing(async () => ({ prompt_id: 'p1', number: 7 }))
    await app.queuePrompt(0, 1, by('button'))
    expect(reported).toEqual([])
    host.login({ id: 'u1' })
    await app.queuePrompt(0, 1, by('button'))
    await vi.waitFor(() =>
      expect(reported).toEqual([
        { type: 'credits_sent', detail: { send: 1, source: 'button', batch: 1 } },
        {
          type: 'credits_accepted',
          detail: { prompt_id: 'p1', number: 7, send: 1, output: { 1: {} }, workflow: {} },
        },
        { type: 'credits_answered_all', detail: null },
      ]),
    )
    host.logout()
    await app.queuePrompt(0, 1)
    expect(reported).toHaveLength(3)
  })

  it('are reported with the server’s code where it refused', async () => {
    const refusal = Object.assign(new Error('refused'), {
      response: { error: { type: 'prompt_no_outputs' } },
    })
    const { app, host, reported } = queueing(() => Promise.reject(refusal))
    host.login({ id: 'u1' })
    await app.queuePrompt(0, 1, ['3'])
    await vi.waitFor(() =>
      expect(reported).toEqual([
        { type: 'credits_sent', detail: { send: 1, source: null, batch: 1 } },
        {
          type: 'credits_refused',
          detail: { code: 'prompt_no_outputs', send: 1, mayCost: true },
        },
        { type: 'credits_answered_all', detail: null },
      ]),
    )
  })

  it('are each of their own press, though the last that was pressed is sent first', async () => {
    const { app, host, reported } = queueing(async () => ({ prompt_id: 'p' }))
    host.login({ id: 'u1' })
    await Promise.all([
      app.queuePrompt(0, 1, by('first')),
      app.queuePrompt(0, 2, by('second')),
      app.queuePrompt(0, 3, by('third')),
    ])
    expect(sentOf(reported)).toMatchObject([
      ...Array.from({ length: 3 }, () => ({ source: 'third', batch: 3 })),
      ...Array.from({ length: 2 }, () => ({ source: 'second', batch: 2 })),
      { source: 'first', batch: 1 },
    ])
  })

  it('are those of the next press after one of a batch was refused', async () => {
    let count = 0
    const { app, host, reported } = queueing(() => {
      count += 1
      return count === 2 ? Promise.reject(new Error('no')) : Promise.resolve({ prompt_id: 'p' })
    })
    host.login({ id: 'u1' })
    await Promise.all([app.queuePrompt(0, 1, by('first')), app.queuePrompt(0, 3, by('second'))])
    expect(sentOf(reported)).toMatchObject([
      { source: 'second', batch: 3 },
      { source: 'second', batch: 3 },
      { source: 'first', batch: 1 },
    ])
  })
})

describe('a file that a run put out', () => {
  const file = { filename: 'a b.png', subfolder: 'x/y', type: 'output' } as const
  const of = (apiURL?: (route: string) => string) => {
    const { app, api } = fakeHost()
    return createComfyHost({ ...app, api: Object.assign(api, apiURL && { apiURL }) }, ENTRY)
  }

  it('is asked of the host’s own server, under its prefix', () => {
    const host = of((route) => `/comfy/api${route}`)
    const query = 'filename=a+b.png&subfolder=x%2Fy&type=output'
    expect(host.outputUrl(file)).toBe(`${window.location.origin}/comfy/api/view?${query}`)
    expect(host.outputUrl(file, { preview: true })).toBe(
      `${window.location.origin}/comfy/api/view?${query}&preview=webp%3B40`,
    )
  })

  it.each([
    ['another origin', (route: string) => `https://elsewhere.invalid${route}`],
    ['no address', () => 'http://'],
    ['a script', () => 'javascript:alert(1)'],
  ])('is asked of nobody where the host’s base is %s', (_what, apiURL) => {
    expect(of(apiURL).outputUrl(file)).toBeNull()
  })

  it('is asked of nobody where the host does not say its base', () => {
    expect(of().outputUrl(file)).toBeNull()
  })
})
