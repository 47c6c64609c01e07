import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { workspaceEndpoints } from '@comfyui-credits/contract/workspace-endpoints'
import { createPanelHost } from '../../../sandbox/panel/host.ts'
import type { Api } from '../../../src/api/port.ts'
import type { Workspace } from '../../../src/host/port.ts'
import { readAccountEvent } from '../../../src/account-events/account-event.ts'
import { readBalance } from '../../../src/balance/balance.ts'
import { fetchRail, workspaceBillingAccount } from '../../../src/billing-account/workspace.ts'
import { NEWER, validAnswers } from '../../support/builders/answers.ts'

/** An API whose every request to `name` gets `answer`, read as the real client reads it. */
function answering(name: keyof typeof validAnswers, answer: unknown) {
  const { path } = workspaceEndpoints[name]
  const call = async (endpoint: { path: string; response: { parse(data: unknown): unknown } }) => {
    if (endpoint.path !== path) return endpoint.response.parse(others)
    return endpoint.response.parse(answer)
  }
  const api = { call: () => call } as unknown as Api
  return { host: createPanelHost(), api }
}

/** To whatever else is asked. */
const others = {
  members: [],
  pagination: { has_more: false, limit: 0, offset: 0, total: 0 },
  is_active: true,
  has_funds: true,
  capabilities: {},
}
const inRole = (role: string): Workspace => ({ id: 'ws_1', name: 'Atelier', type: 'team', role })
const owner = inRole('owner')

/** Only what is known to have ended has ended: while money may still move nobody is shown otherwise. */
function expectedOf(answer: Record<string, unknown>) {
  const { status, authentication_state: authentication, recovery_action: action } = answer
  if (status === 'succeeded') return { kind: 'succeeded', recovery: null }
  const review = [status, authentication].includes('reconciliation_needed')
  const known = action === NEWER ? null : (action ?? null)
  const recovery = review ? 'contact_support' : known
  const late = answer['decline_reason'] === 'payment_not_completed'
  if (late || answer['checkout_state'] === 'expired') return { kind: 'expired', recovery }
  if (status === 'failed') return { kind: 'failed', recovery }
  if (authentication === 'requires_action' || authentication === 'failed_retryable') {
    const failed = authentication === 'failed_retryable'
    return { kind: 'authenticate', actionUrl: answer['action_url'] ?? null, failed }
  }
  return { kind: 'pending', recovery }
}

describe('a valid answer of the cloud API', () => {
  it('to the status names a rail or none', async () => {
    await fc.assert(
      fc.asyncProperty(validAnswers.status, async (answer) => {
        const rail = await fetchRail(answering('status', answer), owner)
        expect(rail).toBe(answer['billing_rail'] ?? null)
      }),
    )
  })

  it('to the rights refuses only with a reason, or to a plain member', async () => {
    const role = fc.constantFrom('owner', 'member', '', 'auditor')
    await fc.assert(
      fc.asyncProperty(validAnswers.capabilities, role, async (answer, as) => {
        const { capabilities = {}, denied_reasons: reasons = {} } = answer as Record<
          string,
          Record<string, unknown>
        >
        const rights = await workspaceBillingAccount(
          answering('capabilities', answer),
          inRole(as),
        ).rights()
        const expected = (name: string) =>
          capabilities[name] === true || (!reasons[name] && as !== 'member')
        expect(rights.canTopUp).toBe(expected('can_top_up'))
        expect(rights.canManageBilling).toBe(expected('can_manage_billing'))
        const stopped = capabilities['can_run_workflows'] === false
        expect(rights.runDenial).toBe(stopped ? (reasons['can_run_workflows'] ?? null) : null)
      }),
    )
  })

  it('to the balance is an amount', async () => {
    await fc.assert(
      fc.asyncProperty(validAnswers.balance, async (answer) => {
        const body = await workspaceBillingAccount(answering('balance', answer), owner).balance()
        const { availableUsdMicros } = readBalance(body)
        expect(Number.isSafeInteger(availableUsdMicros)).toBe(true)
        const cents = (answer['effective_balance_micros'] ?? answer['amount_micros']) as number
        expect(availableUsdMicros).toBe(Math.round(cents * 10_000) || 0)
      }),
    )
  })

  it('to the events has every event in it', async () => {
    await fc.assert(
      fc.asyncProperty(validAnswers.events, async (answer) => {
        const billingAccount = workspaceBillingAccount(answering('events', answer), owner)
        const { events } = await billingAccount.events({ page: 1, limit: 20 })
        const ids = (answer['events'] as { event_id: string }[]).map(({ event_id }) => event_id)
        expect(events.map(readAccountEvent).map(({ id }) => id)).toEqual(ids)
      }),
    )
  })

  it('to the payment methods names the card that is charged: the default one', async () => {
    await fc.assert(
      fc.asyncProperty(validAnswers.paymentMethods, async (answer) => {
        const { cards } = workspaceBillingAccount(answering('paymentMethods', answer), owner)
        const charged = answer.find((method) => method['is_default']) ?? answer[0]
        expect(await cards?.savedCard()).toEqual(
          charged ? { brand: charged['brand'] ?? null, last4: charged['last4'] ?? null } : null,
        )
      }),
    )
  })

  it('to an operation is one of the states that the panel has words for', async () => {
    await fc.assert(
      fc.asyncProperty(validAnswers.operation, async (answer) => {
        const { cards } = workspaceBillingAccount(answering('operation', answer), owner)
        const status = await cards?.operation('op_1')
        expect(status).toEqual(expectedOf(answer))
      }),
    )
  })

  it('to a top-up names the operation, and to a checkout its page', async () => {
    await fc.assert(
      fc.asyncProperty(validAnswers.topUp, validAnswers.topUpCheckout, async (topUp, checkout) => {
        const { cards } = workspaceBillingAccount(answering('topUp', topUp), owner)
        const request = { usdMicros: 5_000_000, attempt: 'a', returnUrl: 'https://comfy.example/' }
        expect(await cards?.charge(request)).toBe(topUp['billing_op_id'])
        const byPage = workspaceBillingAccount(answering('topUpCheckout', checkout), owner)
        expect((await byPage.checkout(request)).checkout_url).toBe(checkout['checkout_url'])
      }),
    )
  })
})
