import { http, HttpResponse } from 'msw'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { balanceStreamPaths } from '@comfyui-credits/contract/balance-stream'
import { features } from '@comfyui-credits/contract/schemas'
import { PanelAccount } from '../../../sandbox/panel/account.ts'
import { API_BASE, CLOUD_BASE } from '../../../sandbox/panel/host.ts'
import { ApiError, type Caller } from '../../../src/api/port.ts'
import { storePurchase, readPurchases } from '../../../src/purchase/engine/purchase-storage.ts'
import { balanceStatus, panelTests, rows } from '../support/panel.ts'
import { newPurchase } from '../support/purchase.ts'

/**
 * The fetch of happy-dom has no streams: what comes over the network is tests/src/api's. Here the
 * stores are what they are, and the streams are those of `tower`.
 */
const openPanel = panelTests()
const open: typeof openPanel = (options) =>
  openPanel({ ...options, api: { openStream: (...question) => tower.answer(...question) } })

interface Listener {
  readonly address: string
  readonly authorization: string
  readonly signal: AbortSignal
  readonly say: (text: string) => void
  readonly hangUp: () => void
}

/** The service's side of the streams: who listens now, and who ever did. */
class Tower {
  readonly all: Listener[] = []
  /** Instead of the next streams. */
  readonly refusals: ApiError[] = []
  private readonly hungUp = new Set<Listener>()

  get listeners(): readonly Listener[] {
    return this.all.filter((each) => !each.signal.aborted && !this.hungUp.has(each))
  }

  async answer(
    caller: Caller,
    path: string,
    signal: AbortSignal,
  ): Promise<ReadableStream<Uint8Array> | ApiError> {
    const auth = await caller.authHeaders({})
    const authorization = auth && 'Authorization' in auth ? auth.Authorization : ''
    const { body, say, end } = newBody(signal)
    const address = caller.base + path
    const listener: Listener = { address, authorization, signal, say, hangUp: end }
    this.all.push(listener)
    const refusal = this.refusals.shift()
    if (refusal) return refusal
    say('open')
    return body
  }

  changed(): void {
    for (const listener of this.listeners) listener.say('changed')
  }

  /** As when the service ends. */
  hangUp(): void {
    for (const listener of this.listeners) {
      this.hungUp.add(listener)
      listener.hangUp()
    }
  }
}

function newBody(signal: AbortSignal) {
  const writers: ReadableStreamDefaultController<Uint8Array>[] = []
  const body = new ReadableStream<Uint8Array>({ start: (writer) => void writers.push(writer) })
  const [writer] = writers
  signal.addEventListener('abort', () => writer?.error(signal.reason))
  return {
    body,
    say: (event: string) =>
      writer?.enqueue(new TextEncoder().encode(`event: ${event}\ndata: \n\n`)),
    end: () => writer?.close(),
  }
}

let tower: Tower
beforeEach(() => {
  tower = new Tower()
})
afterEach(() => {
  look(true)
  vi.restoreAllMocks()
})

function openStreaming(options: Parameters<typeof open>[0] = {}) {
  const account = options.of ?? new PanelAccount(10)
  account.features = features
  return open({ ...options, of: account })
}

const credits = (): string | undefined => balanceStatus().dataset['credits']

function look(visible: boolean): void {
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue(visible ? 'visible' : 'hidden')
  document.dispatchEvent(new Event('visibilitychange'))
}

/** Long enough for what would happen by itself to have happened. */
const aWhile = (): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, 60)
  })

describe('a balance that changes elsewhere', () => {
  it('is on screen with its history as soon as the service tells of it', async () => {
    const { account } = openStreaming()
    await vi.waitFor(() => expect(tower.listeners).toHaveLength(1))
    expect(tower.all[0]?.address).toBe(API_BASE + balanceStreamPaths.customer)
    await vi.waitFor(() => expect(credits()).toBe('2110'))
    await aWhile()
    account.usdMicros += 5_000_000
    account.events.unshift({
      event_id: 'grant',
      event_type: 'credit_added',
      createdAt: new Date().toISOString(),
      params: { amount: 500, transaction_id: 'pi_elsewhere' },
    })
    tower.changed()
    await vi.waitFor(() => expect(credits()).toBe('3165'))
    await vi.waitFor(() => expect(rows('top-up')).toHaveLength(1))
  })

  it('is asked for once more after many changes at once, not once for each', async () => {
    const { account, asked } = openStreaming()
    await vi.waitFor(() => expect(credits()).toBe('2110'))
    await vi.waitFor(() => expect(tower.listeners).toHaveLength(1))
    await aWhile()
    const before = asked.length
    for (let calls = 0; calls < 20; calls += 1) {
      account.usdMicros -= 10_000
      tower.changed()
    }
    await vi.waitFor(() => expect(credits()).toBe('2067.8'))
    await aWhile()
    const balances = asked.slice(before).filter((call) => call === 'GET /customers/balance')
    expect(balances.length).toBeLessThanOrEqual(3)
  })

  it('that changed while nobody listened is asked for when the next stream is there', async () => {
    const { account } = openStreaming()
    await vi.waitFor(() => expect(tower.listeners).toHaveLength(1))
    await vi.waitFor(() => expect(credits()).toBe('2110'))
    await aWhile()
    tower.hangUp()
    account.usdMicros += 10_000_000
    await vi.waitFor(() => expect(tower.all).toHaveLength(2))
    await vi.waitFor(() => expect(credits()).toBe('4220'))
  })

  it('of a workspace is notified by its own address, with its own token', async () => {
    const balance = http.get(`${CLOUD_BASE}/api/billing/balance`, () =>
      HttpResponse.json({ amount_micros: 700, currency: 'usd', features: ['balance_stream'] }),
    )
    const others = http.get(`${CLOUD_BASE}/*`, () => new HttpResponse(null, { status: 404 }))
    const workspace = { id: 'w1', name: 'Studio', type: 'team', role: 'member' } as const
    const { host } = open({
      billingContext: { state: 'workspace', workspace, rail: 'stripe' },
      also: [balance, others],
    })
    await vi.waitFor(() => expect(tower.listeners).toHaveLength(1))
    expect(tower.all[0]?.address).toBe(CLOUD_BASE + balanceStreamPaths.workspace)
    expect(tower.all[0]?.authorization).toContain('token-of-w1-')
    host.payBy({ state: 'workspace', workspace: { ...workspace, id: 'w2' }, rail: 'stripe' })
    await vi.waitFor(() => expect(tower.all).toHaveLength(2))
    await vi.waitFor(() => expect(tower.listeners).toHaveLength(1))
    expect(tower.all[1]?.authorization).toContain('token-of-w2-')
  })
})

describe('nobody is listened to', () => {
  it('before the login and after the logout', async () => {
    const { host } = openStreaming({ account: null })
    await aWhile()
    expect(tower.all).toEqual([])
    host.login({ id: 'token:person', login: 'token' })
    await vi.waitFor(() => expect(tower.listeners).toHaveLength(1))
    host.logout()
    await vi.waitFor(() => expect(tower.listeners).toHaveLength(0))
    await aWhile()
    expect(tower.all).toHaveLength(1)
  })

  it('on the plain contract', async () => {
    open({ of: Object.assign(new PanelAccount(10), { features: [] }) })
    await vi.waitFor(() => expect(credits()).toBe('2110'))
    await aWhile()
    expect(tower.all).toEqual([])
  })

  it('while the page or the panel is hidden', async () => {
    const { credits: instance, element } = openStreaming()
    await vi.waitFor(() => expect(tower.listeners).toHaveLength(1))
    look(false)
    await vi.waitFor(() => expect(tower.listeners).toHaveLength(0))
    look(true)
    await vi.waitFor(() => expect(tower.listeners).toHaveLength(1))
    instance.unmount()
    await vi.waitFor(() => expect(tower.listeners).toHaveLength(0))
    instance.mount(element)
    await vi.waitFor(() => expect(tower.listeners).toHaveLength(1))
    instance.dispose()
    await vi.waitFor(() => expect(tower.listeners).toHaveLength(0))
  })

  it('for the person before, when another one logs in', async () => {
    const { host } = openStreaming()
    await vi.waitFor(() => expect(tower.listeners).toHaveLength(1))
    host.login({ id: 'token:second', login: 'token' })
    await vi.waitFor(() => expect(tower.all).toHaveLength(2))
    await vi.waitFor(() => expect(tower.listeners).toHaveLength(1))
    expect(tower.all[1]?.authorization).toBe('Bearer token-of-token:second')
    expect(tower.all[0]?.signal.aborted).toBe(true)
  })

  it('where the service says it had a stream, and has none', async () => {
    tower.refusals.push(new ApiError('not-found', 'Not here', { status: 404 }))
    const { credits: instance, element } = openStreaming()
    await vi.waitFor(() => expect(tower.all).toHaveLength(1))
    await aWhile()
    look(false)
    look(true)
    instance.unmount()
    instance.mount(element)
    await aWhile()
    expect(tower.all).toHaveLength(1)
    expect(document.querySelector('[role=alert]')).toBeNull()
    expect(credits()).toBe('2110')
  })
})

describe('a purchase that is waited for', () => {
  const PLACE = 'token:person'

  /** One of 25 USD, begun before this page was loaded; and the account that it is on. */
  function begun(usd = 10): { account: PanelAccount; sessionId: string } {
    const account = new PanelAccount(usd)
    const sessionId = account.open(25_000_000)
    const checkoutUrl = `https://checkout.stripe.com/c/pay/${sessionId}`
    const purchase = { ...newPurchase('a1'), sessionId, checkoutUrl }
    storePurchase(localStorage, PLACE, { step: 'awaiting', purchase, at: Date.now() })
    return { account, sessionId }
  }
  const kept = () => readPurchases(localStorage, PLACE)[0]
  const questions = (asked: readonly string[]): number =>
    asked.filter((call) => call.startsWith('GET /customers/credit/')).length

  it('is listened for while nobody looks, and credited the moment the service tells of it', async () => {
    const { account, sessionId } = begun()
    const { asked } = openStreaming({ of: account, shown: false })
    look(false)
    await vi.waitFor(() => expect(tower.listeners).toHaveLength(1))
    await vi.waitFor(() => expect(questions(asked)).toBeGreaterThan(0))
    await aWhile()
    const before = questions(asked)
    account.pay(sessionId)
    tower.changed()
    await vi.waitFor(() => expect(kept()?.step).toBe('credited'))
    expect(questions(asked)).toBe(before + 1)
    // Nobody looks, and nothing is waited for any more.
    await vi.waitFor(() => expect(tower.listeners).toHaveLength(0))
  })

  it('is asked about once more when the word comes while it is asked about', async () => {
    const { account, sessionId } = begun()
    let answers = 0
    const { asked } = openStreaming({
      of: account,
      answers: (usual) => ({
        ...usual,
        checkoutStatus: async (question) => {
          const answer = usual.checkoutStatus(question)
          answers += 1
          // It is paid when the first question has its answer, which is still on its way.
          if (answers === 1) {
            await vi.waitUntil(() => tower.listeners.length === 1)
            account.pay(sessionId)
            tower.changed()
            await aWhile()
          }
          return answer
        },
      }),
    })
    await vi.waitFor(() => expect(kept()?.step).toBe('credited'))
    expect(questions(asked)).toBe(2)
  })

  it('has the balance of after it, also when the balance changes again meanwhile', async () => {
    const { account, sessionId } = begun()
    let slow = false
    openStreaming({
      of: account,
      answers: (usual) => ({
        ...usual,
        balance: async (question) => {
          if (slow) await aWhile()
          return usual.balance(question)
        },
      }),
    })
    await vi.waitFor(() => expect(tower.listeners).toHaveLength(1))
    await vi.waitFor(() => expect(credits()).toBe('2110'))
    await aWhile()
    slow = true
    account.pay(sessionId)
    tower.changed()
    for (let calls = 0; calls < 6; calls += 1) {
      await new Promise((resolve) => {
        setTimeout(resolve, 15)
      })
      tower.changed()
    }
    await vi.waitFor(() => expect(kept()).toMatchObject({ afterUsdMicros: 35_000_000 }))
  })
})
