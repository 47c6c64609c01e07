import { Hono } from 'hono'
import { html } from 'hono/html'
import type { AppContext, AppEnv } from './app-env.ts'

/**
 * The service's own few pages: plain HTML without scripts, for a browser that returns from a payment
 * and has no other page to go to.
 */
export function pageRoutes(): Hono<AppEnv> {
  const routes = new Hono<AppEnv>()
  routes.get('/checkout/done', (c) =>
    c.req.query('checkout') === 'cancelled'
      ? show(c, 'Payment cancelled', 'Nothing was charged. You can close this page.')
      : c.req.query('redirect_status') === 'failed'
        ? show(c, 'Payment not confirmed', UNCONFIRMED)
        : show(c, 'Thank you', THANKS),
  )
  routes.get('/usage', (c) => show(c, 'Your usage', USAGE))
  return routes
}

const THANKS =
  'Your payment was taken. Go back to ComfyUI: your balance updates by itself as soon as the payment is confirmed. You can close this page.'
const UNCONFIRMED =
  'Your bank did not confirm the payment, so nothing was charged. Go back to ComfyUI: there you can try again. You can close this page.'
const USAGE = 'Every call and its cost is listed in ComfyUI: Settings, then Credits.'

function show(c: AppContext, title: string, text: string) {
  c.header(
    'Content-Security-Policy',
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  )
  return c.html(page(title, text))
}

function page(title: string, text: string) {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          :root {
            color-scheme: light dark;
          }
          main {
            max-width: 32rem;
            margin: 20vh auto;
            padding: 0 1.5rem;
            font:
              1rem/1.5 system-ui,
              sans-serif;
          }
        </style>
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          <p>${text}</p>
        </main>
      </body>
    </html>`
}
