import { customerEndpoints, type Endpoint } from '@comfyui-credits/contract/endpoints'
import { customerSchema, eventsPageSchema } from '@comfyui-credits/contract/schemas'
import { SANDBOX_ADMIN_TOKEN, SANDBOX_STRIPE_KEY } from '../../../sandbox/processes.ts'
import { createStripe } from '../../../service/purchases/stripe.ts'
import {
  reconciliationSchema,
  type Reconciliation,
} from '../../../service/reconciliation/difference.ts'
import type { Faults } from '../../../sandbox/stripe/state.ts'
import type { NewUser } from './new-user.ts'
import type { World } from './world.ts'

/** The payments on both sides since the start: cents, newest first. */
export interface NewPayments {
  /** Sessions at the payment provider, by their result. */
  readonly paid: readonly number[]
  readonly unpaid: readonly number[]
  /** Credits that the account got for them. */
  readonly credited: readonly number[]
}

/** A person's payments from now on, at the payment provider and in the account. */
export interface PaymentRecords {
  added(): Promise<NewPayments>
  /** As Stripe does when a payment page times out. */
  expireOpenSession(): Promise<void>
}

export async function openPaymentRecords(world: World, user: NewUser): Promise<PaymentRecords> {
  const { urls } = world.sandbox
  const stripe = createStripe({
    secretKey: SANDBOX_STRIPE_KEY,
    apiBase: urls.stripe,
  })
  const ask = askAs(world, user)
  const account = customerSchema.parse(await ask(customerEndpoints.createCustomer))

  async function sessions() {
    const { data } = await stripe.checkout.sessions.list({ limit: 100 })
    return data.filter((session) => session.client_reference_id === account.id)
  }
  async function grants() {
    const page = await ask(customerEndpoints.events, '?filter=credit_added&limit=100')
    return eventsPageSchema.parse(page).events
  }

  const before = new Set([await sessions(), await grants()].flatMap((entries) => entries.map(idOf)))
  const isNew = (entry: Entry): boolean => !before.has(idOf(entry))
  return {
    async added() {
      const made = (await sessions()).filter(isNew)
      const cents = (paid: boolean) =>
        made
          .filter((session) => (session.payment_status === 'paid') === paid)
          .map((session) => session.amount_total ?? 0)
      const credited = (await grants())
        .filter(isNew)
        .map(({ params }) => Number(params?.['amount']))
      return { paid: cents(true), unpaid: cents(false), credited }
    },
    async expireOpenSession() {
      const open = (await sessions()).filter(({ status }) => status === 'open')
      if (open.length !== 1) throw new Error(`${user.email} has ${open.length} open sessions.`)
      await stripe.checkout.sessions.expire(open[0]?.id ?? '')
    },
  }
}

function askAs({ sandbox }: World, { idToken }: NewUser) {
  return async ({ method, path }: Endpoint, query = ''): Promise<unknown> => {
    const answer = await fetch(`${sandbox.urls.credits}${path}${query}`, {
      method,
      headers: { Authorization: `Bearer ${idToken}`, 'Content-Type': 'application/json' },
      ...(method === 'POST' && { body: '{}' }),
    })
    return answer.json()
  }
}

type Entry = { readonly id: string } | { readonly event_id: string }

function idOf(entry: Entry): string {
  return 'id' in entry ? entry.id : entry.event_id
}

/** Like `npm run reconcile`: compares everybody's payments and ledger entries. */
export async function reconcile(world: World): Promise<Reconciliation> {
  const answer = await fetch(`${world.sandbox.urls.credits}/admin/reconcile`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${SANDBOX_ADMIN_TOKEN}`, 'Content-Type': 'application/json' },
    body: '{}',
  })
  return reconciliationSchema.parse(await answer.json())
}

/** Sets the payment provider's faults, listed in sandbox/stripe/README.md. */
export async function setFaults(world: World, faults: Partial<Faults>): Promise<void> {
  const answer = await fetch(`${world.sandbox.urls.stripe}/_sandbox/faults`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(faults),
  })
  if (!answer.ok) throw new Error(await answer.text())
}

/** Makes the payment provider settle every payment and send every event that waits. */
export async function settleNow(world: World): Promise<void> {
  const answer = await fetch(`${world.sandbox.urls.stripe}/_sandbox/hurry`, { method: 'POST' })
  if (!answer.ok) throw new Error(await answer.text())
}
