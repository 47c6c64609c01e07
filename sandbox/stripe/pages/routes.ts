import { readFileSync } from 'node:fs'
import type { EmulatorContext } from 'emulate'
import qrcode from 'qrcode'
import * as z from 'zod'
import { answerQr, payByCard, showQr } from '../payment.ts'
import { paymentMethods, type Session, type State } from '../state.ts'
import type { StripeWorld } from '../world.ts'
import { notice } from './layout.ts'
import { payPage, type PayForm } from './pay.ts'
import { phonePage } from './phone.ts'
import { portalPage, receiptPage } from './portal.ts'

export type App = EmulatorContext<State>['app']
type RouteContext = Parameters<Parameters<App['get']>[1]>[0]

export const TEST_CARD = '4242 4242 4242 4242'

export const payBody = z.object({
  action: z.enum(['continue', 'choose']),
  method: z.enum(paymentMethods).default('card'),
  email: z.email().max(200).optional(),
  number: z.string().max(23).default(''),
})
type PayBody = z.infer<typeof payBody>

const decisionBody = z.object({ decision: z.enum(['confirm', 'refuse']) })

/** The pages a payer meets: payment, QR code, phone, billing portal, receipt. */
export function mountPages(app: App, world: StripeWorld): void {
  const withSession =
    (run: (session: Session, request: Request) => Response | Promise<Response>) =>
    ({ req }: RouteContext) => {
      if (fromElsewhere(req.raw)) return unavailable(403)
      const session = world.state.sessions[req.param('session')]
      const here = session?.uiMode === 'hosted_page'
      return here ? run(session, req.raw) : unavailable(404)
    }
  app.get(
    '/c/pay/:session',
    withSession((session) => showPayment(session, world)),
  )
  app.post(
    '/c/pay/:session',
    withSession((session, request) => submit(session, request, world)),
  )
  app.get(
    '/c/pay/:session/status',
    withSession((session) => Response.json(progress(session))),
  )
  app.get(
    '/c/pay/:session/qr.svg',
    withSession((session) => qrImage(session, world)),
  )
  app.get(
    '/q/:session',
    withSession((session) => phonePage(session)),
  )
  app.post(
    '/q/:session',
    withSession((session, request) => decide(session, request, world)),
  )
  app.get('/p/session/:portal', ({ req }) => {
    const portal = world.state.portals[req.param('portal')]
    return portal === undefined ? unavailable(404) : portalPage(portal, world)
  })
  app.get('/receipts/:charge', ({ req }) => {
    const charge = world.state.charges[req.param('charge')]
    return charge === undefined ? unavailable(404) : receiptPage(charge)
  })
  mountAssets(app)
}

function mountAssets(app: App): void {
  const types = {
    'pay.css': 'text/css',
    'pay.js': 'text/javascript',
    'embedded.js': 'text/javascript',
    'icon.svg': 'image/svg+xml',
  }
  for (const [name, type] of Object.entries(types)) {
    const text = readFileSync(new URL(name, import.meta.url), 'utf8')
    app.get(`/c/assets/${name}`, () => {
      return new Response(text, { headers: { 'Content-Type': `${type}; charset=utf-8` } })
    })
  }
}

/** A form that another site sent: nobody pressed our button. */
export function fromElsewhere(request: Request): boolean {
  return request.method === 'POST' && request.headers.get('Sec-Fetch-Site') === 'cross-site'
}

function unavailable(status: number): Promise<Response> {
  return notice(
    {
      title: 'Something went wrong',
      words: 'The page you were looking for could not be found. Go back to ComfyUI and try again.',
      tone: 'bad',
    },
    status,
  )
}

export function seeOther(location: string): Response {
  return new Response(null, { status: 303, headers: { Location: location } })
}

/** Stripe puts the session's id where the shop asks for it. */
function returnAddress(session: Session): string {
  return (session.successUrl ?? '')
    .replaceAll('{CHECKOUT_SESSION_ID}', session.id)
    .replaceAll('%7BCHECKOUT_SESSION_ID%7D', session.id)
}

function showPayment(
  session: Session,
  world: StripeWorld,
  form: Partial<PayForm> = {},
): Promise<Response> {
  if (session.status === 'complete') {
    return notice({
      title: session.paymentStatus === 'paid' ? 'You are all done here' : 'Payment is on its way',
      words:
        session.paymentStatus === 'paid'
          ? 'This payment was made. It cannot be made twice.'
          : 'The payment was started and will be confirmed later. There is nothing more to do.',
      tone: 'good',
      link: { href: returnAddress(session), label: 'Return to ComfyUI' },
    })
  }
  if (session.status === 'expired') {
    return notice({
      title: 'This payment page has expired',
      words: 'Nothing was charged. Go back to ComfyUI and start again.',
      tone: 'bad',
      link:
        session.cancelUrl === null
          ? undefined
          : { href: session.cancelUrl, label: 'Back to ComfyUI' },
    })
  }
  const refused = session.qr?.refused === true ? session.qr.method : null
  return payPage(
    session,
    {
      method: refused ?? session.methods[0] ?? 'card',
      email: session.email ?? '',
      number: TEST_CARD,
      problem:
        refused === null ? null : 'The payment was refused on your phone. Nothing was charged.',
      action: `/c/pay/${session.id}`,
      framed: null,
      ...form,
    },
    world,
  )
}

async function submit(session: Session, request: Request, world: StripeWorld): Promise<Response> {
  // A second press of the button, or an old tab: the page shows the current status.
  if (session.status === 'complete') return seeOther(returnAddress(session))
  const page = `/c/pay/${session.id}`
  if (session.status === 'expired') return seeOther(page)
  const body = payBody.safeParse(Object.fromEntries(new URLSearchParams(await request.text())))
  if (!body.success) {
    return showPayment(session, world, { problem: 'Please enter a valid email address.' })
  }
  if (body.data.action === 'choose') {
    session.qr = null
    return seeOther(page)
  }
  if (session.customer === null) session.email = body.data.email ?? session.email
  if (!session.methods.includes(body.data.method)) return seeOther(page)
  if (body.data.method === 'card') return payCard(session, body.data, world)
  showQr(session, body.data.method)
  return seeOther(page)
}

function payCard(
  session: Session,
  body: PayBody,
  world: StripeWorld,
): Response | Promise<Response> {
  const result = payByCard(world, session, body.number)
  if (result.paid) return seeOther(returnAddress(session))
  return showPayment(session, world, { method: 'card', number: body.number, problem: result.words })
}

/** What the waiting payment page polls every second: where to go, if anywhere. */
function progress(session: Session): { go: string | null } {
  if (session.status === 'complete') return { go: returnAddress(session) }
  const waiting = session.status === 'open' && session.qr !== null && !session.qr.refused
  return { go: waiting ? null : `/c/pay/${session.id}` }
}

async function qrImage(session: Session, world: StripeWorld): Promise<Response> {
  const svg = await qrcode.toString(`${world.publicUrl}/q/${session.id}`, {
    type: 'svg',
    margin: 2,
    errorCorrectionLevel: 'M',
  })
  return new Response(svg, { headers: { 'Content-Type': 'image/svg+xml' } })
}

async function decide(session: Session, request: Request, world: StripeWorld): Promise<Response> {
  const body = decisionBody.safeParse(Object.fromEntries(new URLSearchParams(await request.text())))
  if (body.success) answerQr(world, session, body.data.decision === 'confirm')
  return seeOther(`/q/${session.id}`)
}
