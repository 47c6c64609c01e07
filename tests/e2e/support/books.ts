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

/** What purchases leave behind on both sides: cents, newest first. */
export interface Written {
  /** Sessions at the payment provider, by what became of them. */
  readonly paid: readonly number[]
  readonly unpaid: readonly number[]
  /** Credit that the account was given for them. */
  readonly credited: readonly number[]
}

/** A person's books, as they are from now on: what was there before is not counted. */
export interface Books {
  added(): Promise<Written>
  /** As Stripe does when a payment page's time is over. */
  expireOpenSession(): Promise<void>
}

export async function openBooks(world: World, user: NewUser): Promise<Books> {
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

/** As `npm run reconcile`: every payment beside every ledger entry, of everybody. */
export async function reconcile(world: World): Promise<Reconciliation> {
  const answer = await fetch(`${world.sandbox.urls.credits}/admin/reconcile`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${SANDBOX_ADMIN_TOKEN}`, 'Content-Type': 'application/json' },
    body: '{}',
  })
  return reconciliationSchema.parse(await answer.json())
}

/** Has the payment provider make trouble; sandbox/stripe/README.md says which there is. */
export async function trouble(world: World, faults: Partial<Faults>): Promise<void> {
  const answer = await fetch(`${world.sandbox.urls.stripe}/_sandbox/faults`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(faults),
  })
  if (!answer.ok) throw new Error(await answer.text())
}

/** Settles and sends at once what the payment provider was to settle or send later. */
export async function hurry(world: World): Promise<void> {
  const answer = await fetch(`${world.sandbox.urls.stripe}/_sandbox/hurry`, { method: 'POST' })
  if (!answer.ok) throw new Error(await answer.text())
}
