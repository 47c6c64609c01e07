import { html } from 'hono/html'
import type { Session } from '../state.ts'
import { htmlPage, merchant, notice } from './layout.ts'
import { amountOf, nameOfMethod } from './pay.ts'

/** What the phone shows after the QR code was scanned: the wallet's question. */
export function phonePage(session: Session): Promise<Response> {
  if (session.status === 'complete') {
    return notice({
      title: 'Payment confirmed',
      words: 'You can put your phone away. The payment page goes on by itself.',
      tone: 'good',
    })
  }
  if (session.status === 'expired') {
    return notice({ title: 'Payment expired', words: 'Nothing was charged.', tone: 'bad' })
  }
  const { qr } = session
  if (qr === null || qr.refused) {
    return notice({
      title: 'Nothing to confirm',
      words: 'This QR code is not in use any more. Nothing was charged.',
    })
  }
  return htmlPage({
    title: `${nameOfMethod(qr.method)} (sandbox)`,
    body: html`<main class="notice">
      ${merchant()}
      <h1>${nameOfMethod(qr.method)}</h1>
      <p class="amount">${amountOf(session)}</p>
      <form method="post" action="/q/${session.id}" class="decision">
        <button name="decision" value="confirm" type="submit">Confirm payment</button>
        <button class="quiet" name="decision" value="refuse" type="submit">Refuse</button>
      </form>
    </main>`,
  })
}
