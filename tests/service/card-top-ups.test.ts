import { eq, sql } from 'drizzle-orm'
import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { checkoutStatusSchema, eventsPageSchema } from '@comfyui-credits/contract/schemas'
import { workspaceBalanceSchema } from '@comfyui-credits/contract/billing'
import {
  billingOperationSchema,
  paymentMethodsSchema,
  paymentPortalSchema,
  topUpCheckoutSchema,
  topUpSchema,
} from '@comfyui-credits/contract/top-up'
import { adminOf } from '../../service/admin.ts'
import { accounts, cardTopUps, ledgerEntries, workspaces } from '../../service/database/schema.ts'
import { parseWorkspaceId } from '../../service/workspaces/workspace-id.ts'
import type { Caller, Service, World } from './support/service.ts'
import { standInTests } from './support/stand-in-tests.ts'
import type { StandIn } from './support/stand-in.ts'
import { newTeam, type Team } from './support/teams.ts'

const TEN_USD_CENTS = 1_000

let world: World
let standIn: StandIn
let service: Service
standInTests((opened) => {
  ;({ world, standIn, service } = opened)
})

/** A team whose customer at Stripe has the card. */
async function teamWithCard(method = 'pm_card_visa'): Promise<Team> {
  const team = await newTeam(world, service)
  await saveCard(team, method)
  return team
}

async function saveCard(team: Team, method: string): Promise<string> {
  const account = await accountOf(team)
  let customer = account?.stripeCustomerId ?? null
  if (customer === null) {
    customer = (await standIn.client.customers.create({})).id
    await world.database.db
      .update(accounts)
      .set({ stripeCustomerId: customer })
      .where(eq(accounts.id, account?.id ?? ''))
  }
  return (await standIn.client.paymentMethods.attach(method, { customer })).id
}

async function accountOf({ workspaceId }: Team) {
  const [row] = await world.database.db
    .select({ account: accounts })
    .from(workspaces)
    .innerJoin(accounts, eq(accounts.id, workspaces.accountId))
    .where(eq(workspaces.id, parseWorkspaceId(workspaceId) ?? ''))
  return row?.account
}

function topUp(caller: Caller, key: string = randomUUID(), amount_cents = TEN_USD_CENTS) {
  return caller.post('/api/billing/topup', { amount_cents, idempotency_key: key })
}

async function done(response: Response) {
  expect(response.status).toBe(200)
  return topUpSchema.parse(await response.json())
}

async function balanceCents(caller: Caller): Promise<number> {
  const response = await caller.get('/api/billing/balance')
  return workspaceBalanceSchema.parse(await response.json()).amount_micros
}

async function operation(caller: Caller, id: string) {
  return billingOperationSchema.parse(await (await caller.get(`/api/billing/ops/${id}`)).json())
}

async function credited(caller: Caller) {
  const response = await caller.get('/api/billing/events?filter=credit_added')
  return eventsPageSchema.parse(await response.json()).events
}

async function intentsAtStripe(team: Team) {
  const customer = (await accountOf(team))?.stripeCustomerId ?? ''
  return (await standIn.client.charges.list({ customer })).data
}

const onConfirm = (path: string) => path.endsWith('/confirm')
const onRetrieve = (method: string, path: string) =>
  method === 'GET' && path.startsWith('/v1/payment_intents/')

describe('a top-up of the saved card', () => {
  it('is charged and credited at once, with an event that names it', async () => {
    const team = await teamWithCard()
    const answer = await done(await topUp(team.asOwner))
    expect(answer).toMatchObject({ status: 'completed', amount_cents: TEN_USD_CENTS })
    expect(await balanceCents(team.asOwner)).toBe(TEN_USD_CENTS)
    const [entry] = await world.database.db
      .select()
      .from(ledgerEntries)
      .innerJoin(cardTopUps, eq(cardTopUps.ledgerEntryId, ledgerEntries.id))
      .where(eq(cardTopUps.id, answer.topup_id))
    expect(entry?.ledger_entries.reference).toBe(entry?.card_top_ups.intentId)
    expect(await credited(team.asMember)).toMatchObject([
      {
        params: {
          amount: TEN_USD_CENTS,
          transaction_id: entry?.ledger_entries.id,
          topup_id: answer.topup_id,
        },
      },
    ])
    expect(await operation(team.asOwner, answer.billing_op_id)).toMatchObject({
      status: 'succeeded',
      topup_purchase_amount: { amount_cents: TEN_USD_CENTS, currency: 'usd' },
      completed_at: expect.any(String),
    })
  })

  it('charges the default card, and without one the newest', async () => {
    const team = await teamWithCard('pm_card_visa')
    await saveCard(team, 'pm_card_mastercard')
    const cards = async () => {
      const response = await team.asOwner.get('/api/billing/payment-methods')
      return paymentMethodsSchema.parse(await response.json())
    }
    const [newest, older] = await cards()
    expect(newest).toMatchObject({ brand: 'mastercard', last4: '4444', is_default: true })
    expect(older).toMatchObject({ brand: 'visa', last4: '4242', is_default: false })
    const customer = (await accountOf(team))?.stripeCustomerId ?? ''
    await standIn.client.customers.update(customer, {
      invoice_settings: { default_payment_method: older?.id ?? '' },
    })
    expect((await cards()).map(({ id }) => id)).toEqual([older?.id, newest?.id])
    const { topup_id } = await done(await topUp(team.asOwner))
    const [row] = await world.database.db
      .select()
      .from(cardTopUps)
      .where(eq(cardTopUps.id, topup_id))
    expect(row?.paymentMethodId).toBe(older?.id)
  })

  it.each(['stripe', 'metronome', 'legacy_stripe'] as const)(
    'without a saved card on the rail %s is refused in the contract’s own words',
    async (rail) => {
      const { asOwner } = await newTeam(world, service, { rail })
      const response = await topUp(asOwner)
      expect(response.status).toBe(402)
      expect(await response.json()).toMatchObject({ code: 'NO_PAYMENT_METHOD' })
    },
  )

  it('with a declined card fails for the bank’s reason, also when asked again', async () => {
    const [method, reason] = ['pm_card_chargeCustomerFail', 'card_declined']
    const team = await teamWithCard(method)
    const key = randomUUID()
    const first = await topUp(team.asOwner, key)
    expect(first.status).toBe(402)
    const refusal = await first.json()
    expect(refusal).toMatchObject({ code: 'card-declined', decline_reason: reason })
    expect(await (await topUp(team.asOwner, key)).json()).toEqual(refusal)
    expect(await operation(team.asOwner, refusal.billing_op_id)).toMatchObject({
      status: 'failed',
      decline_reason: reason,
      recovery_action: 'replace_payment_method',
      error_message: expect.any(String),
    })
    expect(await balanceCents(team.asOwner)).toBe(0)
  })

  it.each([
    [499, 'amount-out-of-bounds'],
    [1_000_001, 'amount-out-of-bounds'],
    [10.5, 'bad-request'],
    [-1_000, 'bad-request'],
    ['1000', 'bad-request'],
  ])('of %s cents is refused as %s', async (amount_cents, code) => {
    const { asOwner } = await teamWithCard()
    const response = await asOwner.post('/api/billing/topup', { amount_cents })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ code })
  })

  it('in the plain contract is of whole dollars', async () => {
    const plain = world.service('plain', standIn.url)
    const team = await newTeam(world, plain)
    await saveCard(team, 'pm_card_visa')
    expect((await topUp(team.asOwner, randomUUID(), 1_050)).status).toBe(400)
    const answer = await done(await topUp(team.asOwner))
    expect(answer.status).toBe('completed')
    expect(await operation(team.asOwner, answer.billing_op_id)).toMatchObject({
      status: 'succeeded',
    })
    const [event] = await credited(team.asOwner)
    expect(Object.keys(event?.params ?? {}).sort()).toEqual(['amount', 'transaction_id'])
  })

  it('of another team cannot be looked at', async () => {
    const [one, other] = [await teamWithCard(), await newTeam(world, service)]
    const { billing_op_id } = await done(await topUp(one.asOwner))
    for (const id of [billing_op_id, 'nonsense', randomUUID()]) {
      expect((await other.asOwner.get(`/api/billing/ops/${id}`)).status).toBe(404)
    }
  })

  it('of a personal workspace on the customers’ rail goes to the customer’s billing account', async () => {
    const person = await service.person(1_000_000)
    const customer = await standIn.client.customers.create({})
    await standIn.client.paymentMethods.attach('pm_card_visa', { customer: customer.id })
    await world.database.db
      .update(accounts)
      .set({ stripeCustomerId: customer.id })
      .where(eq(accounts.subject, person.subject))
    await done(await topUp(person))
    expect(await (await person.get('/customers/balance')).json()).toMatchObject({
      amount_micros: 1_100,
    })
  })
})

describe('the same key', () => {
  it('is the same top-up, charged once', async () => {
    const team = await teamWithCard()
    const key = randomUUID()
    const first = await done(await topUp(team.asOwner, key))
    expect(await done(await topUp(team.asOwner, key))).toEqual(first)
    expect(await intentsAtStripe(team)).toHaveLength(1)
    expect(await balanceCents(team.asOwner)).toBe(TEN_USD_CENTS)
  })

  it('sent ten times at once to two instances is charged once', async () => {
    const team = await teamWithCard()
    const key = randomUUID()
    const other = world.service('extended', standIn.url)
    const body = JSON.stringify({ amount_cents: TEN_USD_CENTS, idempotency_key: key })
    const headers = {
      Authorization: `Bearer ${team.asOwner.token}`,
      'Content-Type': 'application/json',
    }
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        (index % 2 === 0 ? service : other).fetch('/api/billing/topup', {
          method: 'POST',
          body,
          headers,
        }),
      ),
    )
    const states = await Promise.all(answers.map(async (answer) => (await done(answer)).topup_id))
    expect(new Set(states).size).toBe(1)
    expect(await intentsAtStripe(team)).toHaveLength(1)
    expect(await credited(team.asOwner)).toHaveLength(1)
    expect(await balanceCents(team.asOwner)).toBe(TEN_USD_CENTS)
  })

  it('with another amount is refused', async () => {
    const team = await teamWithCard()
    const key = randomUUID()
    await topUp(team.asOwner, key)
    const response = await topUp(team.asOwner, key, 2_000)
    expect(response.status).toBe(409)
    expect(await response.json()).toMatchObject({ code: 'idempotency-key-reused' })
  })

  it('charges the card of the first time, though another is the default by now', async () => {
    const team = await teamWithCard()
    const key = randomUUID()
    standIn.trouble = (_, path) => (path === '/v1/payment_intents' ? 'ignore' : null)
    expect((await topUp(team.asOwner, key)).status).toBe(502)
    standIn.trouble = null
    await saveCard(team, 'pm_card_chargeCustomerFail')
    expect(await done(await topUp(team.asOwner, key))).toMatchObject({ status: 'completed' })
  })

  it('charges once also after Stripe has forgotten its idempotency keys', async () => {
    const team = await teamWithCard()
    const key = randomUUID()
    // Paid, but both the answer and the query about it were lost.
    standIn.trouble = (method, path) =>
      onConfirm(path) || onRetrieve(method, path) ? 'lose' : null
    expect(await done(await topUp(team.asOwner, key))).toMatchObject({ status: 'pending' })
    standIn.trouble = null
    const [charge] = await intentsAtStripe(team)
    await expect(
      standIn.client.paymentIntents.confirm(String(charge?.payment_intent), { off_session: true }),
    ).rejects.toMatchObject({ code: 'payment_intent_unexpected_state' })
    expect(await done(await topUp(team.asOwner, key))).toMatchObject({ status: 'completed' })
    expect(await intentsAtStripe(team)).toHaveLength(1)
    expect(await balanceCents(team.asOwner)).toBe(TEN_USD_CENTS)
  })
})

describe('a top-up whose card asks for its holder', () => {
  const answer = (url: string | null | undefined, press: 'complete' | 'fail') =>
    fetch(String(url), {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ answer: press }),
    })

  async function asked(key: string = randomUUID()) {
    const team = await teamWithCard('pm_card_authenticationRequired')
    const { status, billing_op_id } = await done(await topUp(team.asOwner, key))
    expect(status).toBe('pending')
    const state = () => operation(team.asOwner, billing_op_id)
    return { team, key, billing_op_id, state }
  }

  it('says where the bank asks, and is credited once the holder has confirmed', async () => {
    const { team, key, billing_op_id, state } = await asked()
    const asking = await state()
    expect(asking).toMatchObject({
      status: 'pending',
      authentication_state: 'requires_action',
      recovery_action: 'authenticate_payment',
      action_url: expect.stringContaining('/c/authenticate/'),
    })
    expect(await balanceCents(team.asOwner)).toBe(0)
    expect(await done(await topUp(team.asOwner, key))).toMatchObject({
      status: 'pending',
      billing_op_id,
    })
    const back = await answer(asking.action_url, 'complete')
    expect(back.headers.get('Location')).toContain('/checkout/done?')
    const after = await state()
    expect(after).toMatchObject({ status: 'succeeded', amount_charged_cents: TEN_USD_CENTS })
    expect(after).not.toHaveProperty('action_url')
    expect(await balanceCents(team.asOwner)).toBe(TEN_USD_CENTS)
    expect(await intentsAtStripe(team)).toHaveLength(1)
  })

  it('can be tried again after the holder has failed, as the same top-up', async () => {
    const { team, key, billing_op_id, state } = await asked()
    await answer((await state()).action_url, 'fail')
    const failed = await state()
    expect(failed).toMatchObject({
      status: 'pending',
      authentication_state: 'failed_retryable',
      retryable: true,
    })
    expect(failed.action_url).toBeUndefined()
    expect(await done(await topUp(team.asOwner, key))).toMatchObject({ billing_op_id })
    await answer((await state()).action_url, 'complete')
    expect(await state()).toMatchObject({ status: 'succeeded' })
    expect(await balanceCents(team.asOwner)).toBe(TEN_USD_CENTS)
    expect(await intentsAtStripe(team)).toHaveLength(1)
  })

  it('is not ended by the webhooks of a question and of a failed answer', async () => {
    standIn.service = service
    const before = standIn.deliveries.length
    const { state } = await asked()
    await answer((await state()).action_url, 'fail')
    await standIn.delivered(before + 2)
    expect(await state()).toMatchObject({ authentication_state: 'failed_retryable' })
  })

  it('that nobody answers for an hour has failed, and is not charged any more', async () => {
    const { team, billing_op_id, state } = await asked()
    const { action_url } = await state()
    await world.database.db
      .update(cardTopUps)
      .set({ createdAt: sql`created_at - interval '61 minutes'` })
      .where(eq(cardTopUps.id, billing_op_id))
    expect(await state()).toMatchObject({
      status: 'failed',
      decline_reason: 'payment_not_completed',
      recovery_action: 'retry',
    })
    expect((await answer(action_url, 'complete')).status).toBe(404)
    expect(await balanceCents(team.asOwner)).toBe(0)
  })
})

describe('a top-up whose result is unknown', () => {
  const silence = (method: string, path: string) =>
    onConfirm(path) || onRetrieve(method, path) ? ('lose' as const) : null

  it('is credited by its webhook, once, however often that comes', async () => {
    const team = await teamWithCard()
    standIn.trouble = silence
    const before = standIn.deliveries.length
    const { billing_op_id, status } = await done(await topUp(team.asOwner))
    expect(status).toBe('pending')
    await standIn.delivered(before + 1)
    expect(await operation(team.asOwner, billing_op_id)).toMatchObject({ status: 'pending' })
    const [delivery] = standIn.deliveries.slice(-1)
    const notify = async () => (await service.fetch('/webhooks/stripe', delivery)).status
    expect(await Promise.all([notify(), notify(), notify()])).toEqual([200, 200, 200])
    expect(await notify()).toBe(200)
    expect(await operation(team.asOwner, billing_op_id)).toMatchObject({ status: 'succeeded' })
    expect(await credited(team.asOwner)).toHaveLength(1)
    expect(await balanceCents(team.asOwner)).toBe(TEN_USD_CENTS)
  })

  it('is found out by asking, when the webhook is lost too', async () => {
    const team = await teamWithCard()
    standIn.trouble = silence
    const { billing_op_id } = await done(await topUp(team.asOwner))
    standIn.trouble = null
    expect(await operation(team.asOwner, billing_op_id)).toMatchObject({ status: 'succeeded' })
    expect(await balanceCents(team.asOwner)).toBe(TEN_USD_CENTS)
  })

  it.each([
    ['succeeded', 'succeeded', TEN_USD_CENTS],
    ['failed', 'failed', 0],
  ])('because the bank takes its time ends as it ends: %s', async (settle_as, status, cents) => {
    const team = await teamWithCard()
    standIn.service = service
    const before = standIn.deliveries.length
    await standIn.faults({ settle_later_next: 1, settle_after_ms: 20, settle_as })
    const answer = await done(await topUp(team.asOwner))
    expect(answer.status).toBe('pending')
    await standIn.delivered(before + 2)
    standIn.trouble = () => 'ignore'
    expect(await operation(team.asOwner, answer.billing_op_id)).toMatchObject({ status })
    expect(await balanceCents(team.asOwner)).toBe(cents)
  })

  it('is not charged any more once it was said to have failed', async () => {
    const team = await teamWithCard()
    const key = randomUUID()
    standIn.trouble = (_, path) => (onConfirm(path) ? 'ignore' : null)
    const { billing_op_id, status } = await done(await topUp(team.asOwner, key))
    expect(status).toBe('pending')
    standIn.trouble = null
    await world.database.db
      .update(cardTopUps)
      .set({ createdAt: sql`created_at - interval '10 minutes'` })
      .where(eq(cardTopUps.id, billing_op_id))
    expect(await operation(team.asOwner, billing_op_id)).toMatchObject({
      status: 'failed',
      decline_reason: 'processing_error',
    })
    expect((await topUp(team.asOwner, key)).status).toBe(402)
    expect(await intentsAtStripe(team)).toEqual([])
    expect(await balanceCents(team.asOwner)).toBe(0)
  })

  it('and that never reached Stripe is given up in the end', async () => {
    const team = await teamWithCard()
    standIn.trouble = (_, path) => (path === '/v1/payment_intents' ? 'ignore' : null)
    expect((await topUp(team.asOwner)).status).toBe(502)
    const account = await accountOf(team)
    const [row] = await world.database.db
      .update(cardTopUps)
      .set({ createdAt: sql`created_at - interval '10 minutes'` })
      .where(eq(cardTopUps.accountId, account?.id ?? ''))
      .returning()
    expect(await operation(team.asOwner, row?.id ?? '')).toMatchObject({ status: 'failed' })
  })
})

describe('a payment page of a workspace', () => {
  const order = { amount_cents: 2_500, return_url: 'http://127.0.0.1:8188/?tab=credits' }

  async function open(caller: Caller) {
    const response = await caller.post('/api/billing/topup/checkout', order)
    expect(response.status).toBe(200)
    return topUpCheckoutSchema.parse(await response.json())
  }

  const pay = (page: string) =>
    fetch(page, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({
        action: 'continue',
        method: 'card',
        email: 'owner@example.com',
        number: '4242 4242 4242 4242',
      }),
    })

  it('credits the workspace, and saves the card for the next top-up', async () => {
    const team = await newTeam(world, service)
    const { checkout_url, session_id } = await open(team.asOwner)
    await pay(checkout_url)
    const response = await team.asOwner.get(`/api/billing/topup/checkout/${session_id}`)
    expect(checkoutStatusSchema.parse(await response.json())).toMatchObject({
      state: 'credited',
      amount_micros: 25_000_000,
    })
    expect(await balanceCents(team.asMember)).toBe(2_500)
    expect(await done(await topUp(team.asOwner))).toMatchObject({ status: 'completed' })
    expect(await balanceCents(team.asOwner)).toBe(2_500 + TEN_USD_CENTS)
  })

  it('still offers methods that cannot be saved, and returns to the page it came from', async () => {
    const team = await newTeam(world, service)
    const { session_id } = await open(team.asOwner)
    const session = await standIn.client.checkout.sessions.retrieve(session_id ?? '')
    expect(session.payment_method_types).toEqual(['card', 'wechat_pay', 'alipay'])
    expect(session.success_url).toContain('http://127.0.0.1:8188/?tab=credits&')
  })

  it('of a customer saves no card', async () => {
    const person = await service.person()
    const answer = await person.post('/customers/credit', {
      amount_micros: 25_000_000,
      currency: 'usd',
    })
    const { checkout_url } = topUpCheckoutSchema.parse(await answer.json())
    await pay(checkout_url)
    const response = await topUp(person)
    expect(await response.json()).toMatchObject({ code: 'NO_PAYMENT_METHOD' })
  })

  it('is the same for the same key', async () => {
    const { asOwner } = await newTeam(world, service)
    const body = { ...order, idempotency_key: randomUUID() }
    const first = await asOwner.post('/api/billing/topup/checkout', body)
    const second = await asOwner.post('/api/billing/topup/checkout', body)
    expect(await second.json()).toEqual(await first.json())
  })

  it.each(['javascript:alert(1)', '/relative', 'http://user:word@example.com/'])(
    'does not return to %s',
    async (return_url) => {
      const { asOwner } = await newTeam(world, service)
      const response = await asOwner.post('/api/billing/topup/checkout', { ...order, return_url })
      expect(await response.json()).toMatchObject({ code: 'return-url-invalid' })
    },
  )

  it('leads to the portal of the workspace', async () => {
    const { asOwner } = await teamWithCard()
    const response = await asOwner.post('/api/billing/payment-portal', {
      return_url: order.return_url,
    })
    const { url } = paymentPortalSchema.parse(await response.json())
    expect(await (await fetch(url)).text()).toContain('visa •••• 4242')
  })
})

it('support’s corrections of a team stand in its history, and nowhere else', async () => {
  const { workspaceId, asOwner, owner } = await newTeam(world, service)
  const correction = { usdMicros: 5_000_000, reference: 'case 1', reason: 'Goodwill' }
  const admin = adminOf(world.database.db)
  await admin.adjust({ workspaceId, ...correction })
  await admin.adjust({ workspaceId, ...correction })
  expect(await balanceCents(asOwner)).toBe(500)
  expect((await owner.get('/customers/balance')).status).toBe(200)
  expect(await balanceCents(owner)).toBe(0)
})
