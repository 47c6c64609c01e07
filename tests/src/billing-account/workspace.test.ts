import { http, HttpResponse } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { CLOUD_BASE, createPanelHost } from '../../../sandbox/panel/host.ts'
import { createApi } from '../../../src/api/client.ts'
import { checkClockByAnswer, clockSkewMs } from '../../../src/api/clock.ts'
import { workspaceBillingAccount } from '../../../src/billing-account/workspace.ts'

const server = setupServer()
beforeAll(() => server.listen({ onUnhandledRequest: 'error' }))
afterEach(() => server.resetHandlers())
afterAll(() => server.close())

const RECEIPT = 'https://pay.stripe.com/receipts/1'

const workspace = { id: 'ws_1', name: 'Atelier', type: 'team', role: 'owner' } as const
const host = createPanelHost({ billingContext: { state: 'workspace', workspace, rail: 'stripe' } })
const billingAccount = workspaceBillingAccount({ host, api: createApi() }, workspace)

it('shows a wrong clock by the login where the host gives out no workspace token', async () => {
  const DAY_S = 24 * 3600
  const iat = Math.floor(Date.now() / 1000) - 2 * DAY_S
  const ahead = {
    ...host,
    // It takes each new token of the workspace for expired (seen on 1.58.1).
    workspaceAuthHeaders: async () => null,
    authHeaders: async () => ({
      Authorization: `Bearer h.${btoa(JSON.stringify({ iat, exp: iat + 3600 }))}.s`,
    }),
  }
  onTestFinished(() => checkClockByAnswer(new Date().toUTCString()))
  const asked = workspaceBillingAccount({ host: ahead, api: createApi() }, workspace).balance()
  await expect(asked).rejects.toMatchObject({ code: 'logged-out' })
  expect(Math.round((clockSkewMs() ?? 0) / 3_600_000)).toBe(48)
})

describe('the receipt', () => {
  it('of a charged card is asked for by its operation', async () => {
    server.use(
      http.get(`${CLOUD_BASE}/api/billing/ops/op_1`, () =>
        HttpResponse.json({
          id: 'op_1',
          status: 'succeeded',
          started_at: '2026-11-22T10:00:00Z',
          receipt_url: RECEIPT,
        }),
      ),
    )
    expect(await billingAccount.receipt({ sessionId: null, operationId: 'op_1' })).toBe(RECEIPT)
  })

  it('of a payment page is asked for by its session', async () => {
    const status = { session_id: 'cs_1', state: 'credited', amount_micros: 25_000_000 }
    const answers = [{ ...status, receipt_url: RECEIPT }, status]
    server.use(
      http.get(`${CLOUD_BASE}/api/billing/topup/checkout/cs_1`, () =>
        HttpResponse.json(answers.shift()),
      ),
    )
    const paid = { sessionId: 'cs_1', operationId: null }
    expect(await billingAccount.receipt(paid)).toBe(RECEIPT)
    expect(await billingAccount.receipt(paid)).toBeNull()
  })

  it('of what has no name at the service is asked for nowhere', async () => {
    expect(await billingAccount.receipt({ sessionId: null, operationId: null })).toBeNull()
  })
})
