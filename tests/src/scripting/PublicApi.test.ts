import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { defineComponent, h, nextTick } from 'vue'
import { createPanelHost } from '../../../sandbox/panel/host.ts'
import { ApiError, type Api } from '../../../src/api/port.ts'
import type { Account } from '../../../src/host/port.ts'
import { useBalanceStore } from '../../../src/balance/store.ts'
import PublicApi from '../../../src/scripting/PublicApi.ts'
import { useSessionStore } from '../../../src/session/store.ts'
import { int, nodeType, workflow } from '../../support/builders/workflow.ts'
import { InThreadWorker } from '../support/in-thread-worker.ts'
import { viewTests } from '../support/view.ts'

const mounted = viewTests()
const PERSON: Account = { id: 'token:person', login: 'token' }
const NOON = new Date(2026, 10, 29, 12)

let balanceUsd = 5
let events: () => object[] = () => []
let asked: string[] = []

const answers: Record<string, () => unknown> = {
  '/customers/balance': () => ({ amount_micros: balanceUsd * 100, currency: 'usd' }),
  '/customers/events': () => {
    const all = events()
    return { total: all.length, page: 1, limit: 100, totalPages: 1, events: all }
  },
}
const call = (() => async (endpoint: { path: string }) => {
  asked.push(endpoint.path)
  return answers[endpoint.path]?.()
}) as unknown as Api['call']

const Paid = nodeType({
  required: { n: int({ default: 1 }) },
  price: { expr: '{"usd": widgets.n * 0.1}', widgets: { n: 'INT' } },
  more: { output_node: true },
})
const canvas = (n: number) => ({
  workflow: workflow([{ id: 1, type: 'Paid', widgets: [n] }]),
  nodeType: (type: string) => (type === 'Paid' ? Paid : undefined),
})

const WhileLoggedIn = defineComponent(() => {
  const session = useSessionStore()
  return () => (session.account ? h(PublicApi, { key: session.account.id }) : null)
})

async function open() {
  const host = createPanelHost({
    account: PERSON,
    openWorkflow: canvas(1),
    options: ['estimate'],
  })
  const view = await mounted(WhileLoggedIn, { host, api: { call } })
  const balance = useBalanceStore(view.vm.$pinia)
  const { comfyCredits } = window
  if (!comfyCredits) throw new Error('It should be there.')
  await balance.refresh()
  await vi.waitFor(() => expect(comfyCredits.estimate).not.toBeNull())
  return { host, balance, comfyCredits }
}

const usage = (at: Date, params: object) => ({
  event_id: `${at.getTime()}${JSON.stringify(params)}`,
  event_type: 'api_usage_completed',
  createdAt: at.toISOString(),
  params,
})

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOON })
  vi.stubGlobal('Worker', InThreadWorker)
  balanceUsd = 5
  asked = []
  events = () => []
})
afterEach(() => vi.useRealTimers())

describe('window.comfyCredits', () => {
  it('has the balance, and what the open workflow would cost', async () => {
    const { comfyCredits } = await open()
    expect(comfyCredits.version).toBe(1)
    expect(comfyCredits.balance).toEqual({
      credits: 1055,
      usd: 5,
      at: expect.any(Number) as number,
      isFresh: true,
    })
    const cost = { credits: 21.1, usd: 0.1 }
    expect(comfyCredits.estimate).toEqual({
      min: cost,
      typical: cost,
      max: cost,
      unknown: 0,
      nodes: [{ id: '1', type: 'Paid', typical: cost, reason: null }],
    })
    // Nothing changes between the runs of a batch: ComfyUI likely reuses what the first has paid for.
    const batch = { typical: { credits: 21.1 }, max: { credits: 63.3 } }
    expect(await comfyCredits.estimateNow(3)).toMatchObject(batch)
  })

  it('notifies of another balance and another estimate, whatever one listener throws', async () => {
    const { balance, comfyCredits, host } = await open()
    const reported = vi.fn()
    vi.stubGlobal('reportError', reported)
    const heard: (number | undefined)[][] = []
    comfyCredits.subscribe(() => {
      throw new Error('of another extension')
    })
    const end = comfyCredits.subscribe(({ balance: now, estimate }) => {
      heard.push([now?.credits, estimate?.typical.credits])
    })
    balanceUsd = 4
    await balance.refresh()
    host.draw(canvas(2))
    await vi.waitFor(() => expect(heard.at(-1)).toEqual([844, 42.2]))
    expect(heard[0]).toEqual([844, 21.1])
    expect(reported).toHaveBeenCalledTimes(heard.length)
    end()
    host.draw(canvas(3))
    await vi.waitFor(() => expect(comfyCredits.estimate?.typical.credits).toBe(63.3))
    expect(heard.at(-1)).toEqual([844, 42.2])
  })

  it('asks the account what was spent today, once for many questions', async () => {
    const { comfyCredits } = await open()
    asked = []
    events = () => [
      usage(NOON, { charge_micro_usd: 60_000 }),
      usage(new Date(2026, 10, 29, 0, 0, 1), { charge_micro_usd: 60_000 }),
      usage(new Date(2026, 10, 28, 23, 59), { charge_micro_usd: 1_000_000 }),
    ]
    const both = await Promise.all([comfyCredits.spentToday(), comfyCredits.spentToday()])
    const spent = { credits: 25.32, usd: 0.12, isWhole: true }
    expect(both).toEqual([spent, spent])
    expect(asked).toEqual(['/customers/events'])
    vi.setSystemTime(NOON.getTime() + 11_000)
    events = () => [usage(NOON, {})]
    expect(await comfyCredits.spentToday()).toEqual({ credits: 0, usd: 0, isWhole: false })
  })

  it('rejects with a code where the account does not answer', async () => {
    const { comfyCredits } = await open()
    events = () => {
      throw new ApiError('offline', 'The credits API could not be reached')
    }
    await expect(comfyCredits.spentToday()).rejects.toMatchObject({ code: 'offline' })
  })

  it('cannot be changed', async () => {
    const { comfyCredits } = await open()
    expect(Object.isFrozen(comfyCredits)).toBe(true)
    expect(Reflect.set(window, 'comfyCredits', null)).toBe(false)
    expect(Reflect.set(comfyCredits.balance ?? {}, 'credits', 1)).toBe(false)
  })

  it('is gone after the logout, and says nothing more to who has kept it', async () => {
    const { comfyCredits, host } = await open()
    const changes = vi.fn()
    window.addEventListener('comfycredits', changes)
    host.logout()
    await nextTick()
    window.removeEventListener('comfycredits', changes)
    expect(changes).toHaveBeenCalledOnce()
    expect('comfyCredits' in window).toBe(false)
    expect([comfyCredits.balance, comfyCredits.estimate]).toEqual([null, null])
    expect(await comfyCredits.estimateNow()).toBeNull()
    await expect(comfyCredits.spentToday()).rejects.toMatchObject({ code: 'logged-out' })
  })
})
