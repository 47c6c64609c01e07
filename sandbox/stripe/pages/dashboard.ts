import { html } from 'hono/html'
import type { EmulatorContext } from 'emulate'
import * as z from 'zod'
import { formatMinor } from '../currency.ts'
import { StripeApiError } from '../errors.ts'
import { findCharge, findDispute } from '../find.ts'
import { refundedMinor } from '../objects.ts'
import { closeDispute, openDispute, refundCharge } from '../reversals.ts'
import type { Charge, Dispute, State } from '../state.ts'
import type { StripeWorld } from '../world.ts'
import { htmlPage, merchant, notice } from './layout.ts'
import { nameOfMethod } from './pay.ts'
import { fromElsewhere, seeOther } from './routes.ts'

type App = EmulatorContext<State>['app']
type Html = ReturnType<typeof html>

const DASHBOARD = '/_sandbox'

/** In the currency's minor unit; empty is all that is left. */
const amountSchema = z
  .string()
  .default('')
  .transform((text) => (text === '' ? undefined : Number(text)))
  .pipe(z.int().min(1).optional())
const amountBody = z.object({ amount: amountSchema })
const outcomeBody = z.object({ outcome: z.enum(['won', 'lost']) })

/** The shop's and the bank's side: refunds and disputes. Stripe has no such page. */
export function mountDashboard(app: App, world: StripeWorld): void {
  app.get(DASHBOARD, () => dashboardPage(world))
  const act = <Body>(path: string, body: z.ZodType<Body>, run: (id: string, body: Body) => void) =>
    app.post(`${DASHBOARD}/${path}`, async ({ req }) => {
      if (fromElsewhere(req.raw)) return refusal('Press the button on the page itself.', 403)
      const form = body.safeParse(Object.fromEntries(new URLSearchParams(await req.text())))
      if (!form.success) return refusal(z.prettifyError(form.error), 400)
      try {
        run(req.param('id') ?? '', form.data)
      } catch (error) {
        if (error instanceof StripeApiError) return refusal(error.message, error.status)
        throw error
      }
      return seeOther(DASHBOARD)
    })
  act('charges/:id/refund', amountBody, (id, { amount }) => {
    refundCharge(world, findCharge(world, id), { amountMinor: amount })
  })
  act('charges/:id/dispute', amountBody, (id, { amount }) => {
    openDispute(world, findCharge(world, id), { amountMinor: amount })
  })
  act('disputes/:id/close', outcomeBody, (id, { outcome }) => {
    closeDispute(world, findDispute(world, id), outcome)
  })
}

function refusal(words: string, status: number): Promise<Response> {
  const link = { href: DASHBOARD, label: 'Back to the payments' }
  return notice({ title: 'Nothing was done', words, tone: 'bad', link }, status)
}

function dashboardPage(world: StripeWorld): Promise<Response> {
  const charges = Object.values(world.state.charges).toReversed()
  return htmlPage({
    title: 'Payments (sandbox)',
    body: html`<main class="sheet">
      ${merchant()}
      <h1>Payments</h1>
      <p class="fine">
        Amounts are in cents; empty is the whole. What else can go wrong: sandbox/stripe/README.md.
      </p>
      ${
        charges.length === 0
          ? html`<p>No payments yet.</p>`
          : html`<ul class="items">
              ${charges.map((charge) => row(charge, world))}
            </ul>`
      }
    </main>`,
  })
}

function row(charge: Charge, world: StripeWorld): Html {
  const { currency } = charge
  const refunded = refundedMinor(charge, world.state)
  const disputes = Object.values(world.state.disputes).filter(
    (dispute) => dispute.charge === charge.id,
  )
  return html`<li class="payment">
    <span
      >${formatMinor(charge.amountMinor, currency)}
      <small>${nameOfMethod(charge.method)} ${charge.email ?? ''}</small>
      ${refunded === 0 ? '' : html`<small>refunded ${formatMinor(refunded, currency)}</small>`}
    </span>
    ${refunded < charge.amountMinor ? amountForm(charge, 'refund', 'Refund') : ''}
    ${amountForm(charge, 'dispute', 'Dispute')} ${disputes.map((dispute) => disputeForm(dispute))}
  </li>`
}

function amountForm(charge: Charge, action: 'refund' | 'dispute', label: string): Html {
  return html`<form method="post" action="${DASHBOARD}/charges/${charge.id}/${action}">
    <input name="amount" inputmode="numeric" size="6" aria-label="${label}: cents" />
    <button class="quiet">${label}</button>
  </form>`
}

function disputeForm({ id, amountMinor, currency, status }: Dispute): Html {
  const what = `Dispute of ${formatMinor(amountMinor, currency)}`
  if (status !== 'needs_response') return html`<small>${what}: ${status}</small>`
  return html`<form method="post" action="${DASHBOARD}/disputes/${id}/close">
    <small>${what}</small>
    <button class="quiet" name="outcome" value="won">Shop wins</button>
    <button class="quiet" name="outcome" value="lost">Shop loses</button>
  </form>`
}
