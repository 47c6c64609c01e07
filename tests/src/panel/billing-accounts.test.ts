import { http, HttpResponse, type HttpHandler } from 'msw'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { BillingContext, Workspace } from '../../../src/host/port.ts'
import { CLOUD_BASE } from '../../../sandbox/panel/host.ts'
import { balanceStatus, button, find, panelTests, rows } from '../support/panel.ts'

const open = panelTests()

const personal: Workspace = {
  id: 'ws_own',
  name: 'ann (personal)',
  type: 'personal',
  role: 'owner',
}
const team: Workspace = { id: 'ws_team', name: 'Studio', type: 'team', role: 'owner' }
const guest: Workspace = { id: 'ws_guest', name: 'Atelier', type: 'team', role: 'member' }
const paying = (workspace: Workspace, rail: string | null = null): BillingContext => ({
  state: 'workspace',
  workspace,
  rail,
})

/** A workspace's balance of 100 USD; `extra` comes before. */
function cloud(extra: readonly HttpHandler[] = [], rail = 'stripe'): HttpHandler[] {
  const get = (path: string, body: object) =>
    http.get(`${CLOUD_BASE}/api${path}`, () => HttpResponse.json(body))
  return [
    ...extra,
    get('/billing/balance', { amount_micros: 10_000, currency: 'usd' }),
    get('/billing/events', { total: 0, page: 1, limit: 50, totalPages: 0, events: [] }),
    get('/billing/capabilities', capabilities(true)),
    get('/billing/payment-methods', [
      { id: 'pm_1', type: 'card', brand: 'visa', last4: '4242', is_default: true },
    ]),
    get('/billing/status', {
      is_active: true,
      has_funds: true,
      billing_rail: rail,
      max_seats: 1,
      occupied_seats: 1,
    }),
    get('/workspace/members', {
      members: [member('Olga', 'owner'), member('Max', 'member')],
      pagination: { has_more: false, limit: 2, offset: 0, total: 2 },
    }),
  ]
}

const capabilities = (can: boolean) => ({
  capabilities: { can_top_up: can, can_manage_billing: can },
  expires_at: '2026-11-22T13:00:00Z',
  resolved_for: { workspace_id: 'ws', user_id: 'u' },
  revision: 1,
})

const member = (name: string, role: string) => ({
  id: name,
  name,
  email: `${name}@example.com`,
  role,
  joined_at: '2026-11-22T12:00:00Z',
  is_original_owner: role === 'owner',
})

const credits = (): string | undefined => balanceStatus().dataset['credits']
const text = (): string => document.body.textContent

describe('the billing account that is shown', () => {
  it('is the customer’s, named Personal, where the host has no workspaces', async () => {
    const { asked } = open()
    await vi.waitFor(() => expect(credits()).toBe('2110'))
    expect(find('.cc-billing-account').textContent).toContain('Personal')
    expect(find('.cc-billing-account').dataset['purse']).toBe('customer')
    expect(asked.some((request) => request.includes('/api/'))).toBe(false)
  })

  it('is the workspace’s, with its name and role, and nothing is asked of the customer’s', async () => {
    const { asked } = open({ billingContext: paying(team, 'stripe'), also: cloud() })
    await vi.waitFor(() => expect(credits()).toBe('21100'))
    expect(find('.cc-billing-account').textContent).toContain('Studio · owner')
    expect(asked.filter((request) => request.includes('/customers'))).toEqual([])
  })

  it.each([
    ['legacy_stripe', '2110', 'customer'],
    ['stripe', '21100', 'workspace'],
    ['metronome', '21100', 'workspace'],
  ])('of a personal workspace on %s is found by its rail', async (rail, figure, kind) => {
    open({ billingContext: paying(personal, rail), also: cloud() })
    await vi.waitFor(() => expect(credits()).toBe(figure))
    expect(find('.cc-billing-account').dataset['purse']).toBe(kind)
    expect(find('.cc-billing-account').textContent).toContain('Personal')
  })

  it('is asked for when the host has not asked for the rail', async () => {
    const { asked } = open({ billingContext: paying(personal), also: cloud([], 'legacy_stripe') })
    await vi.waitFor(() => expect(credits()).toBe('2110'))
    expect(asked[0]).toBe('GET /api/billing/status')
  })

  it.each([
    ['that has no rail', {}],
    ['with a rail of a newer version', { billing_rail: 'prepaid' }],
  ])('is the workspace’s after a status %s, as in ComfyUI', async (_, rail) => {
    const status = http.get(`${CLOUD_BASE}/api/billing/status`, () =>
      HttpResponse.json({ is_active: true, has_funds: true, ...rail }),
    )
    const { asked } = open({ billingContext: paying(personal), also: cloud([status]) })
    await vi.waitFor(() => expect(credits()).toBe('21100'))
    expect(asked.filter((request) => request.includes('/customers'))).toEqual([])
  })

  it('says what is wrong when the rail cannot be asked for, and asks again', async () => {
    let fail = true
    const status = http.get(`${CLOUD_BASE}/api/billing/status`, () =>
      fail ? HttpResponse.json({}, { status: 500 }) : undefined,
    )
    open({ billingContext: paying(personal), also: cloud([status]) })
    await vi.waitFor(() => expect(text()).toContain('has a problem'))
    expect(credits()).toBeUndefined()
    fail = false
    button('Refresh balance').click()
    await vi.waitFor(() => expect(credits()).toBe('21100'))
  })

  it('shows no figure while the host does not know who pays, and then the right one', async () => {
    const { host, asked } = open({ billingContext: { state: 'loading' }, also: cloud() })
    await vi.waitFor(() => expect(text()).toContain('Loading balance'))
    expect(credits()).toBeUndefined()
    expect(asked).toEqual([])
    host.payBy(paying(team, 'stripe'))
    await vi.waitFor(() => expect(credits()).toBe('21100'))
  })

  it('keeps a popup that was asked for before it was known who pays, and none of another’s', async () => {
    const { host, credits: panel } = open({ billingContext: { state: 'loading' }, also: cloud() })
    panel.openPurchase({ refused: true })
    host.payBy(paying(team, 'stripe'))
    // The first popup of all is loaded for this.
    await vi.waitFor(
      () => expect(find('dialog').textContent).toContain('A run was stopped'),
      10_000,
    )
    host.payBy(paying(guest, 'stripe'))
    await vi.waitFor(() => expect(document.querySelector('dialog')).toBeNull())
  })

  it('shows the last figure of that workspace, and of no other, while it is asked for', async () => {
    const seen = { usdMicros: 5_000_000, at: Date.now() }
    localStorage.setItem('comfyui-credits:balance:token:person:ws_team', JSON.stringify(seen))
    const never = http.get(
      `${CLOUD_BASE}/api/billing/balance`,
      () => new Promise<Response>(() => {}),
    )
    const { host } = open({ billingContext: paying(team, 'stripe'), also: cloud([never]) })
    await vi.waitFor(() => expect(credits()).toBe('1055'))
    host.payBy(paying(guest, 'stripe'))
    await vi.waitFor(() => expect(credits()).toBeUndefined())
  })

  it('is another at once when the workspace changes, and a late answer of the old one is dropped', async () => {
    let answer = (): void => {}
    const waiting = new Promise<void>((resolve) => {
      answer = resolve
    })
    const slow = http.get(`${CLOUD_BASE}/api/billing/balance`, async ({ request }) => {
      if (!request.headers.get('authorization')?.includes('ws_team')) return undefined
      await waiting
      return HttpResponse.json({ amount_micros: 99_900, currency: 'usd' })
    })
    const { host, asked } = open({ billingContext: paying(team, 'stripe'), also: cloud([slow]) })
    await vi.waitFor(() => expect(asked).toContain('GET /api/billing/balance'))
    host.payBy(paying(guest, 'stripe'))
    await vi.waitFor(() => expect(credits()).toBe('21100'))
    answer()
    await vi.waitFor(() =>
      expect(find('.cc-billing-account').textContent).toContain('Atelier · member'),
    )
    expect(credits()).toBe('21100')
    expect(localStorage.getItem('comfyui-credits:balance:token:person:ws_team')).toBeNull()
  })

  it('keeps a run that it pays, whichever is active while the run goes on', async () => {
    const { host } = open({ billingContext: paying(team, 'stripe'), also: cloud() })
    const tell = (type: string, detail: unknown) => host.tell({ type, detail, at: Date.now() })
    const runs = () => rows('run').map((row) => [row.dataset['status'], row.dataset['credits']])
    tell('execution_start', { prompt_id: 'p1' })
    tell('executing', '7')
    await vi.waitFor(() => expect(balanceStatus().dataset['credits']).toBe('21100'))
    host.payBy(paying(guest, 'stripe'))
    tell('progress_text', { nodeId: '7', text: 'Status: Completed\nPrice: 12.66 credits' })
    tell('execution_success', { prompt_id: 'p1' })
    await vi.waitFor(() => expect(text()).toContain('Atelier'))
    expect(runs()).toEqual([])
    host.payBy(paying(team, 'stripe'))
    await vi.waitFor(() => expect(runs()).toEqual([['succeeded', '-12.66']]))
  })

  it('cannot be known while the cloud is away: no zero, no Buy, and what it means for runs', async () => {
    const away = http.head(`${CLOUD_BASE}/`, () => HttpResponse.error())
    const { host, asked } = open({
      tab: 'overview',
      billingContext: { state: 'unreachable' },
      also: [away],
    })
    await vi.waitFor(() => expect(text()).toContain('your balance is unknown'))
    expect(text()).toContain('Balance unknown')
    expect(text()).toContain('partner nodes (API nodes) will fail')
    expect(credits()).toBeUndefined()
    expect(() => button('Buy credits')).toThrow('No button')
    expect(asked).toEqual(['HEAD /']) // Only whether the page may ask at all.
    button('Try again').click()
    expect(host.retries()).toBe(1)
  })
})

describe('what may be done with a workspace’s billingAccount', () => {
  it('without the right to top up there is no Buy, but who can', async () => {
    const refuse = http.get(`${CLOUD_BASE}/api/billing/capabilities`, () =>
      HttpResponse.json(capabilities(false)),
    )
    open({ tab: 'overview', billingContext: paying(guest, 'stripe'), also: cloud([refuse]) })
    await vi.waitFor(() => expect(text()).toContain('Only an owner'))
    await vi.waitFor(() => expect(text()).toContain('buy more: Olga.'))
    await vi.waitFor(() => expect(text()).toContain('Support'))
    expect(() => button('Buy credits')).toThrow('No button')
    expect(() => button('Invoices(opens in a new tab)')).toThrow('No button')
  })

  const denied = (reasons: object, can: object = {}) =>
    http.get(`${CLOUD_BASE}/api/billing/capabilities`, () =>
      HttpResponse.json({
        capabilities: { can_top_up: true, can_run_workflows: false, ...can },
        denied_reasons: reasons,
      }),
    )

  it.each([
    ['manual_block', 'has been blocked. Contact support.'],
    ['subscription_inactive', 'no active subscription. This can be changed by'],
    ['payment_past_due', 'is overdue. This can be changed by an owner of the workspace: Olga.'],
    ['workspace_cap_exceeded', 'The workspace has reached its spending limit. This'],
    ['project_cap_exceeded', 'The project has reached its spending limit. This'],
    ['user_cap_exceeded', 'You have reached your spending limit in this workspace. This'],
    ['free_tier_exhausted', 'free credits are used up. This'],
    ['of_a_newer_version', 'does not allow this for the workspace at the moment. This'],
  ])('runs that are denied for %s are said to be, and who can change it', async (reason, words) => {
    const extra = [denied({ can_run_workflows: reason })]
    open({ billingContext: paying(guest, 'stripe'), also: cloud(extra) })
    await vi.waitFor(() => expect(text()).toContain('Partner nodes (API nodes) are stopped'))
    expect(text()).toContain(words)
  })

  const statusOf = (billing_status: string | undefined) =>
    http.get(`${CLOUD_BASE}/api/billing/status`, () =>
      HttpResponse.json({ is_active: false, has_funds: true, billing_status }),
    )

  it.each([
    ['paused', 'subscription is paused'],
    ['payment_failed', 'last payment failed'],
  ])('runs denied without a reason are explained by the status: %s', async (status, words) => {
    const extra = [denied({}), statusOf(status)]
    open({ billingContext: paying(guest, 'stripe'), also: cloud(extra) })
    await vi.waitFor(() => expect(text()).toContain(words))
    expect(text()).toContain('are stopped')
  })

  it.each(['paid', undefined])(
    'runs denied without any reason are unexplained, not refused: %s',
    async (status) => {
      const extra = [denied({ can_top_up: 'free_plan' }, { can_top_up: false }), statusOf(status)]
      open({ billingContext: paying(guest, 'stripe'), also: cloud(extra) })
      // Of the same answer.
      await vi.waitFor(() => expect(text()).toContain('plan does not include buying credits'))
      expect(text()).not.toContain('are stopped')
    },
  )

  it('an owner is not sent to an owner when it is not for want of the role', async () => {
    const refuse = denied({ can_top_up: 'free_plan' }, { can_top_up: false })
    open({ billingContext: paying(team, 'stripe'), also: cloud([refuse]) })
    await vi.waitFor(() => expect(text()).toContain('plan does not include buying credits'))
    expect(text()).not.toContain('Only an owner')
  })

  it('a run that a limit has stopped is not said to lack credits', async () => {
    const extra = [denied({ can_run_workflows: 'user_cap_exceeded' })]
    const { credits: panel } = open({ billingContext: paying(team, 'stripe'), also: cloud(extra) })
    await vi.waitFor(() => expect(text()).toContain('are stopped'))
    panel.openPurchase({ refused: true })
    await vi.waitFor(() => expect(find('dialog').textContent).toContain('your spending limit'))
    expect(find('dialog').textContent).not.toContain('not enough credits')
  })

  it('a 401 is asked again once, with renewed credentials', async () => {
    const tokens: (string | null)[] = []
    const expired = http.get(`${CLOUD_BASE}/api/billing/balance`, ({ request }) => {
      const token = request.headers.get('authorization')
      tokens.push(token)
      return token?.includes('renewed') ? undefined : new HttpResponse(null, { status: 401 })
    })
    open({ billingContext: paying(team, 'stripe'), also: cloud([expired]) })
    await vi.waitFor(() => expect(credits()).toBe('21100'))
    expect(tokens).toEqual([
      'Bearer token-of-ws_team-token:person',
      'Bearer renewed-1-token-of-ws_team-token:person',
    ])
  })
})

describe('a top-up of a workspace', () => {
  /** Each is answered by `status` and `body`, in turn; the last one again and again. */
  function charging(...answers: readonly (() => Response)[]) {
    const sent: unknown[] = []
    const handler = http.post(`${CLOUD_BASE}/api/billing/topup`, async ({ request }) => {
      sent.push(await request.json())
      return answers[Math.min(sent.length, answers.length) - 1]?.()
    })
    const operation = http.get(`${CLOUD_BASE}/api/billing/ops/op_1`, () =>
      HttpResponse.json({ id: 'op_1', status: 'succeeded', started_at: '2026-11-22T12:00:00Z' }),
    )
    return { sent, handlers: [handler, operation] }
  }
  const done = () =>
    HttpResponse.json({
      billing_op_id: 'op_1',
      topup_id: 'op_1',
      status: 'pending',
      amount_cents: 2500,
    })

  async function order(): Promise<void> {
    await vi.waitFor(() => expect(credits()).toBe('21100'))
    button('Buy credits').click()
    await vi.waitFor(() => find('dialog input'))
    await vi.waitFor(() => expect(button('Buy').disabled).toBe(false))
    find('dialog form').dispatchEvent(new Event('submit', { cancelable: true }))
  }

  it('charges the saved card only after it was confirmed, and tells when it has landed', async () => {
    const { sent, handlers } = charging(done)
    open({ billingContext: paying(team, 'stripe'), also: cloud(handlers) })
    await order()
    await vi.waitFor(() => expect(text()).toContain('Charge $25 to Visa ending in 4242?'))
    expect(sent).toEqual([])
    button('Charge $25').click()
    await vi.waitFor(() => expect(text()).toContain('Credits added'))
    expect(sent).toEqual([{ amount_cents: 2500, idempotency_key: expect.any(String) }])
  })

  it('cannot be bought before it is known whether a card is saved: no press is lost', async () => {
    let answer = (): void => {}
    const asked = new Promise<void>((resolve) => {
      answer = resolve
    })
    const slow = http.get(`${CLOUD_BASE}/api/billing/payment-methods`, async () => {
      await asked
      return HttpResponse.json([])
    })
    open({ billingContext: paying(team, 'stripe'), also: cloud([slow]) })
    await vi.waitFor(() => expect(credits()).toBe('21100'))
    button('Buy credits').click()
    await vi.waitFor(() => find('dialog input'))
    expect(button('Buy').disabled).toBe(true)
    answer()
    await vi.waitFor(() => expect(button('Buy').disabled).toBe(false))
  })

  it('without a saved card goes to the payment page', async () => {
    const { handlers } = charging(() =>
      HttpResponse.json({ code: 'NO_PAYMENT_METHOD', message: 'None' }, { status: 402 }),
    )
    const unknown = http.get(`${CLOUD_BASE}/api/billing/payment-methods`, () =>
      HttpResponse.json({}, { status: 404 }),
    )
    let asked: unknown
    const checkout = http.post(`${CLOUD_BASE}/api/billing/topup/checkout`, async ({ request }) => {
      asked = await request.json()
      return HttpResponse.json({
        checkout_url: 'https://checkout.stripe.com/1',
        session_id: 'cs_1',
      })
    })
    const opened = vi.spyOn(window, 'open').mockReturnValue(null)
    // A proxy may serve ComfyUI under a prefix and nothing at the origin.
    window.history.replaceState(null, '', '/comfy/?workflow=1')
    onTestFinished(() => window.history.replaceState(null, '', '/'))
    open({ billingContext: paying(team, 'stripe'), also: cloud([...handlers, unknown, checkout]) })
    await order()
    await vi.waitFor(() => button('Charge $25').click())
    await vi.waitFor(() => expect(text()).toContain('No card is saved yet'))
    expect(opened).not.toHaveBeenCalled()
    button('Use the payment page').click()
    await vi.waitFor(() => expect(text()).toContain('The payment tab did not open'))
    expect(asked).toMatchObject({
      amount_cents: 2500,
      return_url: `${window.location.origin}/comfy/`,
    })
    opened.mockRestore()
  })

  describe('whose bank asks the card’s holder', () => {
    const ACTION = 'https://hooks.stripe.com/3d_secure/1'
    const asking = {
      status: 'pending',
      authentication_state: 'requires_action',
      recovery_action: 'authenticate_payment',
      action_url: ACTION,
    }
    const failed = {
      status: 'pending',
      authentication_state: 'failed_retryable',
      retryable: true,
    }
    const link = () => document.querySelector<HTMLAnchorElement>('a.cc-button-primary')

    /** Charges $25; then the operation stands as `state` says, whenever it is asked for. */
    async function charged(initial: object) {
      const { sent, handlers } = charging(done)
      let state = initial
      const operation = http.get(`${CLOUD_BASE}/api/billing/ops/op_1`, () =>
        HttpResponse.json({ id: 'op_1', ...state }),
      )
      open({ billingContext: paying(team, 'stripe'), also: cloud([operation, ...handlers]) })
      await order()
      await vi.waitFor(() => button('Charge $25').click())
      return {
        sent,
        become(next: object): void {
          state = next
          button('Check now').click()
        },
      }
    }

    it('says so and links to the bank, until the credits have come', async () => {
      const { become } = await charged(asking)
      await vi.waitFor(() => expect(text()).toContain('Your bank asks you to confirm'))
      expect(link()?.href).toBe(ACTION)
      expect(link()?.target).toBe('_blank')
      expect(text()).not.toContain('Payment received')
      become({ status: 'pending', authentication_state: 'processing' })
      await vi.waitFor(() => expect(text()).toContain('Charging your card'))
      expect(link()).toBeNull()
      become({ status: 'succeeded' })
      await vi.waitFor(() => expect(text()).toContain('Credits added'))
    })

    it('asks again after a failed try, as the same charge', async () => {
      const { sent, become } = await charged(failed)
      await vi.waitFor(() => expect(text()).toContain('did not confirm the charge of $25'))
      button('Try again').click()
      await vi.waitFor(() => expect(sent).toHaveLength(2))
      expect(sent[1]).toEqual(sent[0])
      become(asking)
      await vi.waitFor(() => expect(link()?.href).toBe(ACTION))
    })

    it.each([
      [{ checkout_state: 'expired' }, 'was not confirmed in time', 'Nothing was charged'],
      [
        { status: 'failed', recovery_action: 'replace_payment_method' },
        'The payment failed',
        'Use another card',
      ],
      [{ status: 'failed', recovery_action: 'contact_support' }, 'payment failed', 'Contact supp'],
      [{ status: 'failed', recovery_action: 'a_newer_one' }, 'payment failed', 'nothing was char'],
    ])('says how it ended, and what would help: %o', async (end, title, words) => {
      const { become } = await charged(asking)
      await vi.waitFor(() => expect(link()).not.toBeNull())
      become({ status: 'pending', ...end })
      await vi.waitFor(() => expect(text()).toContain(title))
      expect(text()).toContain(words)
    })

    it.each([
      ['only a client secret', { payment_intent_client_secret: 'pi_1_secret_1' }],
      ['an address that is not safe', { action_url: 'javascript:alert(1)' }],
    ])('says that it cannot be opened from here by %s', async (_, way) => {
      await charged({ ...asking, action_url: undefined, ...way })
      await vi.waitFor(() => expect(text()).toContain('cannot be opened from here'))
      expect(link()).toBeNull()
      button('Start over')
    })

    it('is for support when the service does not know how it ended', async () => {
      await charged({ status: 'reconciliation_needed' })
      await vi.waitFor(() => expect(text()).toContain('Contact support'))
    })
  })

  it('that got no answer is sent again as the same one, and by no other way', async () => {
    const { sent, handlers } = charging(() => HttpResponse.error(), done)
    open({ billingContext: paying(team, 'stripe'), also: cloud(handlers) })
    await order()
    await vi.waitFor(() => button('Charge $25').click())
    await vi.waitFor(() => expect(text()).toContain('not known whether the card was charged'))
    expect(() => button('Use the payment page')).toThrow('No button')
    button('Try again').click()
    await vi.waitFor(() => expect(text()).toContain('Credits added'))
    expect(sent).toHaveLength(2)
    expect(sent[1]).toEqual(sent[0])
  })

  it('that was declined says that nothing was charged, and offers the payment page', async () => {
    const { handlers } = charging(() =>
      HttpResponse.json({ code: 'card-declined', message: 'No' }, { status: 402 }),
    )
    open({ billingContext: paying(team, 'stripe'), also: cloud(handlers) })
    await order()
    await vi.waitFor(() => button('Charge $25').click())
    await vi.waitFor(() => expect(text()).toContain('declined, and nothing was charged'))
    button('Use the payment page')
    expect(() => button('Charge $25')).toThrow('No button')
  })
})
