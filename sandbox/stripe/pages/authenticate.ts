import { html } from 'hono/html'
import * as z from 'zod'
import { formatMinor } from '../currency.ts'
import { answerHolder } from '../intents.ts'
import type { PaymentIntent } from '../state.ts'
import type { StripeWorld } from '../world.ts'
import { htmlPage, merchant, notice } from './layout.ts'
import { fromElsewhere, seeOther, type App } from './routes.ts'

const answerBody = z.object({ answer: z.enum(['complete', 'fail']) })

/** The bank's question to the card's holder (3-D Secure), as Stripe's test page asks it. */
export function mountAuthentication(app: App, world: StripeWorld): void {
  app.get('/c/authenticate/:intent', ({ req }) => {
    const intent = world.state.paymentIntents[req.param('intent')]
    return intent?.status === 'requires_action' ? question(intent) : nothingToConfirm()
  })
  app.post('/c/authenticate/:intent', async ({ req }) => {
    const intent = world.state.paymentIntents[req.param('intent')]
    const form = Object.fromEntries(new URLSearchParams(await req.text()))
    const body = answerBody.safeParse(form)
    const usable = intent?.status === 'requires_action' && !fromElsewhere(req.raw) && body.success
    if (!usable) return nothingToConfirm()
    const confirmed = body.data.answer === 'complete'
    answerHolder(world, intent, confirmed)
    return seeOther(returnAddress(intent, confirmed))
  })
}

/** As Stripe adds to it how it went. */
function returnAddress(intent: PaymentIntent, confirmed: boolean): string {
  const url = new URL(intent.returnUrl ?? '')
  url.searchParams.set('payment_intent', intent.id)
  url.searchParams.set('redirect_status', confirmed ? 'succeeded' : 'failed')
  return url.href
}

function question(intent: PaymentIntent): Promise<Response> {
  return htmlPage({
    title: '3D Secure test page (sandbox)',
    body: html`<main class="notice">
      ${merchant()}
      <h1>Confirm this payment</h1>
      <p class="amount">${formatMinor(intent.amountMinor, intent.currency)}</p>
      <form method="post" action="/c/authenticate/${intent.id}" class="decision">
        <button name="answer" value="complete" type="submit">Complete authentication</button>
        <button class="quiet" name="answer" value="fail" type="submit">Fail authentication</button>
      </form>
    </main>`,
  })
}

function nothingToConfirm(): Promise<Response> {
  return notice(
    { title: 'Nothing to confirm', words: 'This payment does not wait for its card’s holder.' },
    404,
  )
}
