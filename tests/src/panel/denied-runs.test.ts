import { http, HttpResponse } from 'msw'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { BillingContext } from '../../../src/host/port.ts'
import { CLOUD_BASE } from '../../../sandbox/panel/host.ts'
import { balanceStatus, panelTests, rows, type OpenPanel } from '../support/panel.ts'

const open = panelTests()
beforeAll(() => import('../../../src/run-status/RunToast.ts'))

const FIRST = { id: 'token:first', login: 'token' } as const
const guest: BillingContext = {
  state: 'workspace',
  rail: 'stripe',
  workspace: { id: 'ws_guest', name: 'Atelier', type: 'team', role: 'member' },
}
const CAP = 'You have reached your spending limit in this workspace.'
const OVERDUE = 'A payment of the workspace is overdue.'
const OWNER = 'This can be changed by an owner of the workspace: Olga.'

/** What the account answers now; null where runs are allowed. */
let reason: string | null = null
/** How long its answer takes. */
let slow: Promise<void> = Promise.resolve()
beforeEach(() => {
  reason = null
  slow = Promise.resolve()
})

const get = (path: string, body: () => object) =>
  http.get(`${CLOUD_BASE}/api${path}`, () => HttpResponse.json(body()))

const cloud = [
  get('/billing/balance', () => ({ amount_micros: 10_000, currency: 'usd' })),
  get('/billing/events', () => ({ total: 0, page: 1, limit: 50, totalPages: 0, events: [] })),
  http.get(`${CLOUD_BASE}/api/billing/capabilities`, async () => {
    const now = reason
    await slow
    return HttpResponse.json({
      capabilities: { can_top_up: true, can_run_workflows: now === null },
      denied_reasons: now === null ? {} : { can_run_workflows: now },
    })
  }),
  get('/billing/payment-methods', () => []),
  get('/billing/status', () => ({ is_active: true, has_funds: true })),
  get('/workspace/members', () => ({
    members: [
      {
        id: 'olga',
        name: 'Olga',
        email: 'olga@example.com',
        role: 'owner',
        joined_at: '2026-11-22T12:00:00Z',
        is_original_owner: true,
      },
    ],
    pagination: { has_more: false, limit: 1, offset: 0, total: 1 },
  })),
]

async function openPanel(): Promise<OpenPanel> {
  document.body.replaceChildren()
  const panel = open({ account: FIRST, billingContext: guest, also: cloud, options: ['toast'] })
  await vi.waitFor(() => expect(balanceStatus().dataset['credits']).toBe('21100'))
  await vi.dynamicImportSettled()
  return panel
}

const PAYMENT = 'Payment Required: Please add credits to your account to use this node.\n'
const PROBLEM = 'There is a problem with your account. Please contact support.\n'

function fail({ host }: OpenPanel, promptId: string, message: string): void {
  const send = (type: string, detail: unknown) => host.tell({ type, detail, at: Date.now() })
  send('execution_start', { prompt_id: promptId })
  send('executing', '7')
  send('progress_text', { nodeId: '7', text: 'Status: Waiting for server\nTime elapsed: 0s' })
  send('execution_error', {
    prompt_id: promptId,
    node_id: '7',
    exception_type: 'Exception',
    exception_message: message,
  })
}

const rowOf = (promptId: string) =>
  rows('run').find(({ dataset }) => dataset['line'] === `run:${promptId}`)?.textContent
const toastOf = ({ host }: OpenPanel, promptId: string) =>
  host.toasts.find(({ id }) => id === `run-${promptId}`)?.detail

describe('a run that the account has refused', () => {
  it.each([
    ['user_cap_exceeded', PAYMENT, CAP],
    ['payment_past_due', PROBLEM, OVERDUE],
    ['workspace_cap_exceeded', PAYMENT, 'The workspace has reached its spending limit.'],
    ['project_cap_exceeded', PAYMENT, 'The project has reached its spending limit.'],
  ])(
    'says why in its row and its toast, and who can change it: %s',
    async (why, message, words) => {
      const panel = await openPanel()
      reason = why
      fail(panel, 'p1', message)
      await vi.waitFor(() =>
        expect(toastOf(panel, 'p1')).toBe(`Nothing charged. ${words} ${OWNER}`),
      )
      await vi.waitFor(() => expect(rowOf('p1')).toContain(`${words} ${OWNER}`))
      expect(rowOf('p1')).toContain('Refused')
      expect(rowOf('p1')).not.toContain('Not enough credits')
    },
  )

  it('keeps its own reason: after a reload, and whatever the account says then', async () => {
    const panel = await openPanel()
    fail(panel, 'p0', PAYMENT)
    await vi.waitFor(() => expect(rowOf('p0')).toContain('Not enough credits'))
    reason = 'user_cap_exceeded'
    fail(panel, 'p1', PAYMENT)
    await vi.waitFor(() => expect(rowOf('p1')).toContain(CAP))
    reason = 'payment_past_due'
    fail(panel, 'p2', PAYMENT)
    await vi.waitFor(() => expect(rowOf('p2')).toContain(OVERDUE))
    expect(rowOf('p0')).not.toContain(OWNER)
    panel.credits.dispose()
    reason = null
    await openPanel()
    await vi.waitFor(() => expect(rowOf('p2')).toContain(`${OVERDUE} ${OWNER}`))
    expect(rowOf('p1')).toContain(`${CAP} ${OWNER}`)
    expect(rowOf('p0')).not.toContain(OWNER)
    expect(rowOf('p0')).toContain('Not enough credits')
  })

  it('is not given a reason by a failure of another kind', async () => {
    const panel = await openPanel()
    reason = 'user_cap_exceeded'
    fail(panel, 'p1', 'API Error: the partner is down')
    await vi.waitFor(() => expect(document.body.textContent).toContain('are stopped'))
    expect(rowOf('p1')).not.toContain(CAP)
  })

  it('is explained with the next one where that is refused before the answer', async () => {
    const panel = await openPanel()
    let answer = (): void => {}
    slow = new Promise((resolve) => {
      answer = resolve
    })
    fail(panel, 'p1', PAYMENT)
    reason = 'user_cap_exceeded'
    fail(panel, 'p2', PAYMENT)
    answer()
    await vi.waitFor(() => expect(rowOf('p2')).toContain(CAP))
    await vi.waitFor(() => expect(rowOf('p1')).toContain(CAP))
  })
})
