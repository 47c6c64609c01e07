import { html } from 'hono/html'

type Html = ReturnType<typeof html>

/** Everything a page may load comes from the stand-in itself. */
const policy = (framed: boolean) =>
  [
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    ...(framed ? [] : ["frame-ancestors 'none'"]),
    // No form-action: browsers apply it to redirects as well, and paying ends on the shop's page.
  ].join('; ')

/** One page of the stand-in. `html` escapes every value that is put into it. */
export async function htmlPage(
  content: {
    readonly title: string
    readonly body: Html
    readonly head?: Html | undefined
    /** Whether other pages may have it in theirs. */
    readonly framed?: boolean | undefined
  },
  status = 200,
): Promise<Response> {
  const document = await html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${content.title}</title>
        <link rel="icon" href="/c/assets/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/c/assets/pay.css" />
        ${content.head ?? ''}
      </head>
      <body>
        ${content.body}
      </body>
    </html>`
  return new Response(document.toString(), {
    status,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': policy(content.framed ?? false),
      'Cache-Control': 'no-store',
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
    },
  })
}

/** A page that only says something. */
export function notice(
  content: {
    readonly title: string
    readonly words: string
    readonly link?: { readonly href: string; readonly label: string } | undefined
    readonly tone?: 'good' | 'bad'
    readonly head?: Html
    readonly framed?: boolean
  },
  status = 200,
): Promise<Response> {
  const { title, words, link, tone, head, framed } = content
  return htmlPage(
    {
      title: `${title} – Comfy Org Credits (sandbox)`,
      head,
      framed,
      body: html`<main class="notice">
        ${merchant()}
        <div class="mark ${tone ?? ''}" aria-hidden="true">
          ${tone === 'good' ? '✓' : tone === 'bad' ? '!' : '…'}
        </div>
        <h1>${title}</h1>
        <p>${words}</p>
        ${link ? html`<a class="button" href="${link.href}">${link.label}</a>` : ''}
      </main>`,
    },
    status,
  )
}

export function merchant(): Html {
  return html`<p class="merchant">
    <img src="/c/assets/icon.svg" alt="" width="28" height="28" />
    Comfy Org Credits (sandbox) <span class="badge">Test mode</span>
  </p>`
}
