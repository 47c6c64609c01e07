import { readFileSync } from 'node:fs'
import { html } from 'hono/html'
import { payByCard } from '../payment.ts'
import type { Session } from '../state.ts'
import type { StripeWorld } from '../world.ts'
import { notice } from './layout.ts'
import { payPage } from './pay.ts'
import { fromElsewhere, payBody, seeOther, TEST_CARD, type App } from './routes.ts'

/** Read by stripe-js.js from the page that has the frame. */
const head = html`<script type="module" src="/c/assets/embedded.js"></script>`
const headOfCompleted = html`${head} <meta name="complete" content="yes" />`

/** The payment page inside another page, and the script that mounts it. */
export function mountEmbedded(app: App, world: StripeWorld): void {
  const script = readFileSync(new URL('stripe-js.js', import.meta.url), 'utf8').replace(
    "'{{ home }}'",
    () => JSON.stringify(world.publicUrl),
  )
  // As js.stripe.com names its releases, such as /endive/stripe.js.
  app.get('/js/:release/stripe.js', () => {
    return new Response(script, {
      headers: {
        'Content-Type': 'text/javascript; charset=utf-8',
        'Access-Control-Allow-Origin': '*',
      },
    })
  })
  app.get('/c/embedded', ({ req }) => {
    const found = find(req.raw, world)
    return found.session === null ? found.refusal() : show(found.session, req.raw, world)
  })
  app.post('/c/embedded', ({ req }) => {
    const found = find(req.raw, world)
    return found.session === null ? found.refusal() : pay(found.session, req.raw, world)
  })
}

type Found =
  | { readonly session: Session }
  | { readonly session: null; readonly refusal: () => Promise<Response> }

/** By key and secret. Without both, nobody learns whether the session exists. */
function find(request: Request, world: StripeWorld): Found {
  const { searchParams } = new URL(request.url)
  if (world.publishableKey === null || searchParams.get('key') !== world.publishableKey) {
    return refused(401, 'Invalid API Key provided.')
  }
  const secret = searchParams.get('secret') ?? ''
  const [id = ''] = secret.split('_secret_')
  const session = world.state.sessions[id]
  if (fromElsewhere(request) || session === undefined || session.clientSecret !== secret) {
    return refused(404, 'The payment page you were looking for could not be found.')
  }
  return { session }
}

function refused(status: number, words: string): Found {
  const title = 'Something went wrong'
  const refusal = () => notice({ title, words, tone: 'bad', head, framed: true }, status)
  return { session: null, refusal }
}

function show(
  session: Session,
  request: Request,
  world: StripeWorld,
  form: { readonly number: string; readonly problem: string | null } = {
    number: TEST_CARD,
    problem: null,
  },
): Promise<Response> {
  if (session.status === 'expired') {
    return notice({
      title: 'This payment page has expired',
      words: 'Nothing was charged.',
      tone: 'bad',
      head,
      framed: true,
    })
  }
  if (session.status === 'complete') {
    return notice({
      title: session.paymentStatus === 'paid' ? 'Payment successful' : 'Payment is on its way',
      words: 'There is nothing more to do here.',
      tone: 'good',
      head: headOfCompleted,
      framed: true,
    })
  }
  const { pathname, search } = new URL(request.url)
  return payPage(
    session,
    {
      method: 'card',
      email: session.email ?? '',
      action: pathname + search,
      framed: head,
      ...form,
    },
    world,
  )
}

async function pay(session: Session, request: Request, world: StripeWorld): Promise<Response> {
  const { pathname, search } = new URL(request.url)
  const here = seeOther(pathname + search)
  if (session.status !== 'open') return here
  const body = payBody.safeParse(Object.fromEntries(new URLSearchParams(await request.text())))
  if (!body.success) {
    const problem = 'Please enter a valid email address.'
    return show(session, request, world, { number: TEST_CARD, problem })
  }
  if (session.customer === null) session.email = body.data.email ?? session.email
  const { number } = body.data
  const result = payByCard(world, session, number)
  return result.paid ? here : show(session, request, world, { number, problem: result.words })
}
