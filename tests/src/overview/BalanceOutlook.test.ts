import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createPanelHost } from '../../../sandbox/panel/host.ts'
import type { Api } from '../../../src/api/port.ts'
import { useBalanceStore } from '../../../src/balance/store.ts'
import type { Account, BillingContext } from '../../../src/host/port.ts'
import BalanceOutlook from '../../../src/overview/BalanceOutlook.vue'
import { viewTests } from '../support/view.ts'

const mounted = viewTests()
const PERSON: Account = { id: 'token:person', login: 'token' }
const TEAM: BillingContext = {
  state: 'workspace',
  workspace: { id: 'ws_1', name: 'Atelier', type: 'team', role: 'owner' },
  rail: 'stripe',
}

let asked: string[] = []
function api(monthlyCents: number, renewal_date?: string): Partial<Api> {
  const answers: Record<string, object> = {
    '/api/billing/balance': {
      amount_micros: 1000,
      cloud_credit_balance_micros: monthlyCents,
      currency: 'usd',
    },
    '/api/billing/status': { is_active: true, has_funds: true, renewal_date },
  }
  const call = () => async (endpoint: { path: string }) => {
    asked.push(endpoint.path)
    return answers[endpoint.path]
  }
  return { call: call as unknown as Api['call'] }
}

async function open(of: Partial<Api>) {
  const host = createPanelHost({ account: PERSON, billingContext: TEAM })
  const view = await mounted(BalanceOutlook, { host, api: of, texts: 'overview' })
  await useBalanceStore(view.vm.$pinia).refresh()
  return view
}

beforeEach(() => {
  asked = []
  vi.useFakeTimers({ toFake: ['Date'], now: new Date(2026, 10, 29, 12) })
})
afterEach(() => vi.useRealTimers())

describe('the day the monthly credits are renewed', () => {
  it('is said where there are some', async () => {
    const view = await open(api(400, '2026-12-05'))
    await vi.waitFor(() => expect(view.text()).toBe('Monthly credits reset on Dec 5'))
  })

  it.each(['2026-11-05', 'soon', undefined])('is not said where it is %s', async (date) => {
    const view = await open(api(400, date))
    await vi.waitFor(() => expect(asked).toContain('/api/billing/status'))
    expect(view.text()).toBe('')
  })

  it('is not asked for without any', async () => {
    const view = await open(api(0, '2026-12-05'))
    expect(view.text()).toBe('')
    expect(asked).not.toContain('/api/billing/status')
  })
})
