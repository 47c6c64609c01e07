import { eq } from 'drizzle-orm'
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { embeddedPurchaseSchema, purchaseSchema } from '@comfyui-credits/contract/schemas'
import { workspaceBalanceSchema } from '@comfyui-credits/contract/billing'
import { billingOperationSchema, topUpSchema } from '@comfyui-credits/contract/top-up'
import { accounts, workspaces } from '../../service/database/schema.ts'
import { createLog } from '../../service/log.ts'
import { createStripe } from '../../service/purchases/stripe.ts'
import { startReconciler } from '../../service/reconciliation/reconciler.ts'
import { parseWorkspaceId } from '../../service/workspaces/workspace-id.ts'
import { openWorld, type Service, type World } from './support/service.ts'
import { newTeam } from './support/teams.ts'

/** Stripe's own test mode: what the stand-in only plays. A key of the sandbox is none. */
const key = process.env['STRIPE_SECRET_KEY'] ?? ''
const isTestKey = /^(sk|rk)_test_\w{20,}$/.test(key)

describe.skipIf(!isTestKey)(
  'at Stripe itself (not run without STRIPE_SECRET_KEY=sk_test_…)',
  () => {
    const stripe = createStripe({ secretKey: isTestKey ? key : 'none', apiBase: null })
    let world: World
    let service: Service
    beforeAll(async () => {
      world = await openWorld()
      service = world.service('extended', stripe)
    })
    afterAll(() => world.close())

    const reconcile = () => {
      const { database } = world
      const deps = { db: database.db, database, stripe, log: createLog('silent') }
      return startReconciler(deps, 0).compare(1)
    }

    it('a payment page opens with what we ask for, and ends as expired', async () => {
      const person = await service.person()
      const order = { amount_micros: 25_000_000, currency: 'usd' }
      const bought = await person.post('/customers/credit', order)
      const { session_id, checkout_url } = purchaseSchema.parse(await bought.json())
      expect(checkout_url).toMatch(/^https:\/\//)
      const path = `/customers/credit/${session_id}`
      expect(await (await person.get(path)).json()).toMatchObject({ state: 'open' })
      await stripe.checkout.sessions.expire(session_id ?? '')
      expect((await reconcile()).differences).toContainEqual(
        expect.objectContaining({ kind: 'end-missed', subject: session_id }),
      )
      expect(await (await person.get(path)).json()).toMatchObject({ state: 'expired' })
    }, 60_000)

    it('what is paid inside the page moves to a payment page, and can be paid at one only', async () => {
      const person = await service.person()
      const order = { amount_micros: 25_000_000, currency: 'usd' }
      const once = { 'Idempotency-Key': randomUUID() }
      const ask = async () =>
        embeddedPurchaseSchema.parse(
          await (await person.post('/customers/credit/embedded', order, once)).json(),
        )
      const embedded = await ask()
      expect(embedded.client_secret).toContain('_secret_')
      expect(await ask()).toEqual(embedded)
      const page = await person.post('/customers/credit', order, once)
      const { session_id } = purchaseSchema.parse(await page.json())
      const states = await Promise.all(
        [embedded.session_id, session_id ?? ''].map(
          async (id) => (await stripe.checkout.sessions.retrieve(id)).status,
        ),
      )
      expect(states).toEqual(['expired', 'open'])
      await stripe.checkout.sessions.expire(session_id ?? '')
    }, 60_000)

    it('a saved card pays, has a receipt, and its refund comes to the ledger', async () => {
      const team = await newTeam(world, service)
      const { id: customer } = await stripe.customers.create({})
      await stripe.paymentMethods.attach('pm_card_visa', { customer })
      const [workspace] = await world.database.db
        .select()
        .from(workspaces)
        .where(eq(workspaces.id, parseWorkspaceId(team.workspaceId) ?? ''))
      await world.database.db
        .update(accounts)
        .set({ stripeCustomerId: customer })
        .where(eq(accounts.id, workspace?.accountId ?? ''))
      const answer = await team.asOwner.post('/api/billing/topup', {
        amount_cents: 1_000,
        idempotency_key: randomUUID(),
      })
      const { billing_op_id, status } = topUpSchema.parse(await answer.json())
      expect(status).toBe('completed')
      const operation = await team.asOwner.get(`/api/billing/ops/${billing_op_id}`)
      expect(billingOperationSchema.parse(await operation.json()).receipt_url).toMatch(
        /^https:\/\//,
      )

      const [charge] = (await stripe.charges.list({ customer, limit: 1 })).data
      await stripe.refunds.create({ charge: charge?.id ?? '', amount: 400 })
      await reconcile()
      const after = await team.asOwner.get('/api/billing/balance')
      expect(workspaceBalanceSchema.parse(await after.json()).amount_micros).toBe(600)
    }, 60_000)
  },
)
