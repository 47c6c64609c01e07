import { html } from 'hono/html'
import { formatMinor } from '../currency.ts'
import { lineItemObjects } from '../objects.ts'
import type { PaymentMethod, Session } from '../state.ts'
import type { StripeWorld } from '../world.ts'
import { htmlPage, merchant } from './layout.ts'

type Html = ReturnType<typeof html>

const methodNames: Readonly<Record<PaymentMethod, string>> = {
  card: 'Card',
  wechat_pay: 'WeChat Pay',
  alipay: 'Alipay',
}

export interface PayForm {
  readonly method: PaymentMethod
  readonly email: string
  readonly number: string
  /** Why the last try failed, in words for the payer. */
  readonly problem: string | null
  /** Where the form goes to. */
  readonly action: string
  /** The head of a page inside another one; null for a page of its own. */
  readonly framed: Html | null
}

/** The hosted payment page of an open session. */
export function payPage(session: Session, form: PayForm, world: StripeWorld): Promise<Response> {
  const waiting = session.qr !== null && !session.qr.refused
  return htmlPage({
    title: `Pay ${amountOf(session)} – Comfy Org Credits (sandbox)`,
    framed: form.framed !== null,
    head: html`${form.framed ?? ''}
      <script type="module" src="/c/assets/pay.js"></script>
      ${waiting ? html`<noscript><meta http-equiv="refresh" content="3" /></noscript>` : ''}`,
    body: html`<div class="checkout${form.framed === null ? '' : ' framed'}">
      ${summary(session, world)}
      <main class="payment">
        ${session.qr && waiting ? qrPanel(session, session.qr.method) : payForm(session, form)}
      </main>
    </div>`,
  })
}

export function amountOf(session: Session): string {
  return formatMinor(session.amountMinor, session.currency)
}

function summary(session: Session, world: StripeWorld): Html {
  const items = lineItemObjects(session, world.state)
  return html`<header class="summary">
    ${
      session.cancelUrl === null
        ? ''
        : html`<a class="back" href="${session.cancelUrl}"
            ><span aria-hidden="true">←</span> Back</a
          >`
    }
    ${merchant()}
    <p class="amount-label" id="due">Total due today</p>
    <p class="amount" aria-labelledby="due">${amountOf(session)}</p>
    <ul class="items">
      ${items.map(
        (item) =>
          html`<li>
            <span
              >${item.description}${
                item.quantity > 1 ? html` <small>× ${item.quantity}</small>` : ''
              }</span
            >
            <span>${formatMinor(item.amount_total, item.currency)}</span>
          </li>`,
      )}
    </ul>
    <p class="fine">
      A sandbox: no money moves, and nothing you type leaves this machine. Never enter a real card.
    </p>
  </header>`
}

function payForm(session: Session, form: PayForm): Html {
  return html`<form method="post" action="${form.action}" data-pay>
    <h1>Payment</h1>
    ${form.problem === null ? '' : html`<p class="problem" role="alert">${form.problem}</p>`}
    <label for="email">Email</label>
    <input
      id="email"
      name="email"
      type="email"
      autocomplete="email"
      required
      maxlength="200"
      value="${form.email}"
      ${session.customer !== null && session.email !== null ? html`readonly` : ''}
    />
    <fieldset class="methods">
      <legend>Payment method</legend>
      ${session.methods.map((method) => methodChoice(session, method, form))}
    </fieldset>
  </form>`
}

/** A choice with the panel that it opens; the style sheet shows the chosen one's panel only. */
function methodChoice(session: Session, method: PaymentMethod, form: PayForm): Html {
  return html`<div class="method">
    <label class="choice">
      <input
        type="radio"
        name="method"
        value="${method}"
        ${method === form.method ? html`checked` : ''}
      />
      <span>${methodNames[method]}</span>
    </label>
    <div class="panel">${method === 'card' ? cardPanel(session, form) : walletPanel(method)}</div>
  </div>`
}

function cardPanel(session: Session, form: PayForm): Html {
  return html`<label for="number">Card number</label>
    <input
      id="number"
      name="number"
      inputmode="numeric"
      autocomplete="off"
      maxlength="23"
      value="${form.number}"
      aria-describedby="hint"
    />
    <p class="fine" id="hint">4242 4242 4242 4242 pays. 4000 0000 0000 0002 is declined.</p>
    <button name="action" value="continue" type="submit">Pay ${amountOf(session)}</button>`
}

function walletPanel(method: PaymentMethod): Html {
  return html`<p class="fine">
      You get a QR code to scan with your phone. Any camera will do: it opens a page that plays
      ${methodNames[method]}.
    </p>
    <button name="action" value="continue" type="submit">Generate QR Code</button>`
}

function qrPanel(session: Session, method: PaymentMethod): Html {
  return html`<section class="qr" data-follow="/c/pay/${session.id}/status">
    <h1>Scan to pay ${amountOf(session)}</h1>
    <img
      src="/c/pay/${session.id}/qr.svg"
      width="240"
      height="240"
      alt="QR code for ${methodNames[method]}; the same as the link below"
    />
    <p role="status">Waiting for your confirmation in ${methodNames[method]}…</p>
    <p>
      <a href="/q/${session.id}" target="_blank" rel="noopener">No phone at hand? Open it here</a>
    </p>
    <form method="post" action="/c/pay/${session.id}">
      <button class="quiet" name="action" value="choose" type="submit">
        Use another payment method
      </button>
    </form>
  </section>`
}

export function nameOfMethod(method: PaymentMethod): string {
  return methodNames[method]
}
