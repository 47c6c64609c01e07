import { html } from 'hono/html'
import { cardsOf } from '../cards.ts'
import { formatMinor } from '../currency.ts'
import { receiptUrl } from '../objects.ts'
import type { Charge, Portal, SavedCard } from '../state.ts'
import type { StripeWorld } from '../world.ts'
import { htmlPage, merchant } from './layout.ts'
import { nameOfMethod } from './pay.ts'

/** The billing portal: a customer's saved cards and receipts, newest first. */
export function portalPage(portal: Portal, world: StripeWorld): Promise<Response> {
  const charges = Object.values(world.state.charges)
    .filter((charge) => charge.customer === portal.customer)
    .toReversed()
  const email = world.state.customers[portal.customer]?.email
  const cards = cardsOf(world, portal.customer).toReversed()
  return htmlPage({
    title: 'Billing – Comfy Org Credits (sandbox)',
    body: html`<main class="sheet">
      ${
        portal.returnUrl === null
          ? ''
          : html`<a class="back" href="${portal.returnUrl}"
              ><span aria-hidden="true">←</span> Back to ComfyUI</a
            >`
      }
      ${merchant()} ${cards.length === 0 ? '' : cardList(cards)}
      <h1>Receipts</h1>
      ${email ? html`<p class="fine">${email}</p>` : ''}
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

function cardList(cards: readonly SavedCard[]) {
  return html`<h1>Saved cards</h1>
    <ul class="items">
      ${cards.map(({ brand, last4 }) => html`<li><span>${brand} •••• ${last4}</span></li>`)}
    </ul>`
}

function row(charge: Charge, world: StripeWorld) {
  return html`<li>
    <span>${day(charge.created)} <small>${payedWith(charge)}</small></span>
    <span
      >${formatMinor(charge.amountMinor, charge.currency)}
      <a href="${receiptUrl(charge, world)}">Receipt</a></span
    >
  </li>`
}

export function receiptPage(charge: Charge): Promise<Response> {
  return htmlPage({
    title: 'Receipt – Comfy Org Credits (sandbox)',
    body: html`<main class="sheet">
      ${merchant()}
      <h1>Receipt</h1>
      <p class="amount">${formatMinor(charge.amountMinor, charge.currency)}</p>
      <ul class="items">
        <li><span>Paid on</span><span>${day(charge.created)}</span></li>
        <li><span>With</span><span>${payedWith(charge)}</span></li>
        ${
          charge.description
            ? html`<li><span>For</span><span>${charge.description}</span></li>`
            : ''
        }
        ${charge.email ? html`<li><span>Billed to</span><span>${charge.email}</span></li>` : ''}
        <li><span>Number</span><span class="number">${charge.id}</span></li>
      </ul>
      <p class="fine">Issued by the sandbox: no money moved.</p>
    </main>`,
  })
}

function payedWith(charge: Charge): string {
  const name = nameOfMethod(charge.method)
  return charge.cardLast4 === null ? name : `${name} •••• ${charge.cardLast4}`
}

function day(seconds: number): string {
  return new Intl.DateTimeFormat('en-US', { dateStyle: 'medium', timeZone: 'UTC' }).format(
    seconds * 1000,
  )
}
