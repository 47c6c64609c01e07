import { http, HttpResponse } from 'msw'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { version } from '../../../package.json' with { type: 'json' }
import { CLOUD_BASE } from '../../../sandbox/panel/host.ts'
import { balanceStatus, button, find, panelTests } from '../support/panel.ts'

const open = panelTests()

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

// A chunk of its own: the first test should not have to wait until it is made.
beforeAll(() => import('../../../src/about/SettingsTab.vue'))

/** The panel, on its Settings tab. */
async function openAbout(options: Parameters<typeof open>[0] = {}) {
  const panel = open({ ...options, tab: 'settings' })
  await vi.waitFor(() => find('.cc-about'))
  return panel
}

const field = (): HTMLTextAreaElement => {
  const found = find('.cc-about textarea')
  if (!(found instanceof HTMLTextAreaElement)) throw new Error('There is no field.')
  return found
}
const diagnostics = (): unknown => JSON.parse(field().value)
const said = (): string =>
  [...document.querySelectorAll('.cc-about [role=status]')].map((one) => one.textContent).join('')

describe('the diagnostics', () => {
  it('give versions, what was found in the host, and how the panel stands', async () => {
    const { account } = await openAbout()
    await vi.waitFor(() => expect(balanceStatus().dataset['credits']).toBe('2110'))
    button('Copy diagnostics').click()
    await vi.waitFor(() =>
      expect(diagnostics()).toMatchObject({
        credits: version,
        comfyui: '0.33.0',
        frontend: '1.58.1',
        language: 'en',
        login: 'token',
        billingAccount: { state: 'known', kind: 'customer', context: 'customer', workspace: null },
        api: 'own',
        features: account.features,
        purchase: 'choosing',
        capabilities: { 'settings entry': 'app.ui.settings.addSetting' },
      }),
    )
  })

  it('give the last errors by their codes, the newest first, and no words of the service', async () => {
    let status = 500
    await openAbout({
      answers: (usual) => ({
        ...usual,
        balance: () =>
          HttpResponse.json({ code: 'out-of-order', message: 'Ann owes 5 USD' }, { status }),
      }),
    })
    await vi.waitFor(() => find('[role=alert]'))
    status = 429
    button('Refresh balance').click()
    await vi.waitFor(() => {
      button('Copy diagnostics').click()
      const at: unknown = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
      const error = { at, call: 'GET /customers/balance', serverCode: 'out-of-order' }
      expect(diagnostics()).toMatchObject({
        errors: [
          { ...error, code: 'rate-limited', status: 429 },
          { ...error, code: 'server', status: 500 },
        ],
      })
    })
    expect(field().value).not.toContain('Ann')
  })

  it('of the next person say nothing of what went wrong for the last one', async () => {
    let status = 503
    const { credits, host } = await openAbout({
      answers: (usual) => ({
        ...usual,
        events: (url) => (status === 200 ? usual.events(url) : HttpResponse.json({}, { status })),
      }),
    })
    const shown = (errors: unknown) =>
      vi.waitFor(() => {
        button('Copy diagnostics').click()
        expect(diagnostics()).toMatchObject({ errors })
      })
    await shown([{ status: 503 }])
    status = 200
    host.login({ id: 'token:somebody-else', login: 'token' })
    await vi.waitFor(() => expect(document.querySelector('.cc-about')).toBeNull())
    await credits.enter('settings')
    await vi.waitFor(() => find('.cc-about'))
    await shown([])
  })

  it('say nothing of who somebody is, what they have, or where a service of their own is', async () => {
    await openAbout({
      account: { id: 'token:ann@example.com', login: 'token' },
      billingContext: {
        state: 'workspace',
        workspace: {
          id: 'ws_secret',
          name: 'Studio Ann',
          type: 'team',
          role: 'head of Studio Ann',
        },
        rail: 'metronome',
      },
      also: [
        http.get(`${CLOUD_BASE}/api/*`, () =>
          HttpResponse.json({ amount_micros: 123_456, currency: 'usd' }),
        ),
      ],
    })
    await vi.waitFor(() => expect(balanceStatus().dataset['usdCents']).toBe('123456'))
    button('Copy diagnostics').click()
    await vi.waitFor(() =>
      expect(diagnostics()).toMatchObject({
        billingAccount: { kind: 'workspace', workspace: 'team', role: null, rail: 'metronome' },
        cloud: 'own',
      }),
    )
    for (const personal of ['Ann', 'ann@', 'ws_secret', 'Bearer', '1234', 'panel.invalid']) {
      expect(field().value).not.toContain(personal)
    }
  })

  it('are copied as they are shown', async () => {
    const written: string[] = []
    vi.stubGlobal('navigator', {
      userAgent: 'test',
      clipboard: { writeText: (text: string) => Promise.resolve(void written.push(text)) },
    })
    await openAbout()
    button('Copy diagnostics').click()
    await vi.waitFor(() => expect(said()).toBe('Copied'))
    expect(written).toEqual([field().value])
  })

  const withoutClipboard = { userAgent: 'test' }

  it('are copied from their field where there is no clipboard, as on plain http', async () => {
    vi.stubGlobal('navigator', withoutClipboard)
    document.execCommand = () => true
    await openAbout()
    button('Copy diagnostics').click()
    await vi.waitFor(() => expect(said()).toBe('Copied'))
    expect(document.activeElement).toBe(field())
  })

  it.each([
    ['the browser gives no clipboard', withoutClipboard],
    [
      'the browser refuses',
      {
        userAgent: 'test',
        clipboard: {
          writeText: () => Promise.reject(new DOMException('no', 'NotAllowedError')),
        },
      },
    ],
  ])('are selected to be copied by hand where %s', async (_, navigator) => {
    vi.stubGlobal('navigator', navigator)
    document.execCommand = () => false
    await openAbout()
    button('Copy diagnostics').click()
    await vi.waitFor(() => expect(said()).toContain('The text is selected'))
    expect(document.activeElement).toBe(field())
    expect(field().selectionStart).toBe(0)
    expect(field().selectionEnd).toBe(field().value.length)
  })
})

describe('what is stored in the browser', () => {
  const ours = () => Object.keys(localStorage).filter((name) => name.startsWith('comfyui-credits'))

  /** Somebody else's, on the same origin. */
  const OTHERS = ['Comfy.Settings', 'comfy-api-key', 'my-comfyui-credits']

  async function withData() {
    for (const name of OTHERS) localStorage.setItem(name, '1')
    localStorage.setItem('comfyui-credits:balance:token:somebody-else', '{}')
    localStorage.setItem('comfyui-credits:purchase:token:person', '{}')
    const panel = await openAbout()
    await vi.waitFor(() => expect(ours()).toContain('comfyui-credits:balance:token:person'))
    // Its texts are loaded with the history's, which may come after the balance.
    await vi.waitFor(() => button('Delete local data'))
    return panel
  }

  it('is deleted whole, of every account, and nothing of anybody else', async () => {
    await withData()
    expect(ours()).toHaveLength(4)
    button('Delete local data').click()
    await vi.waitFor(() => expect(document.activeElement).toBe(button('Cancel')))
    expect(ours()).toHaveLength(4)
    expect(find('.cc-about [role=alert]').textContent).toContain('for every account used here?')
    button('Delete').click()
    await vi.waitFor(() => expect(said()).toMatch(/^Deleted\./))
    expect(ours()).toEqual([])
    expect(Object.keys(localStorage)).toEqual(OTHERS)
    await vi.waitFor(() => expect(document.activeElement).toBe(button('Delete local data')))
  })

  it('stays when the person thinks again', async () => {
    await withData()
    button('Delete local data').click()
    await vi.waitFor(() => button('Cancel'))
    button('Cancel').click()
    await vi.waitFor(() => expect(document.activeElement).toBe(button('Delete local data')))
    expect(ours()).toHaveLength(4)
    expect(said()).toBe('')
  })

  it('is said to stay where the browser forbids the page its storage', async () => {
    await withData()
    vi.spyOn(window, 'localStorage', 'get').mockImplementation(() => {
      throw new DOMException('no', 'SecurityError')
    })
    button('Delete local data').click()
    await vi.waitFor(() => button('Delete'))
    button('Delete').click()
    await vi.waitFor(() => expect(said()).toContain('Could not be deleted'))
  })

  it('is all under our name, whatever the panel does', async () => {
    const { credits } = await openAbout()
    credits.openPurchase()
    await vi.waitFor(() => expect(ours()).not.toEqual([]))
    expect(Object.keys(localStorage)).toEqual(ours())
    expect(Object.keys(sessionStorage)).toEqual([])
  })
})
