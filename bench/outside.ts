import { setTimeout } from 'node:timers/promises'
import type { Browser, BrowserContext, Route } from 'playwright-core'
import type { Sandbox } from '../sandbox/start.ts'
import { TSX_HELPER } from '../scripts/browser.ts'

const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': '*',
  'access-control-allow-methods': '*',
}

export type StorageState = Awaited<ReturnType<BrowserContext['storageState']>>

/** How long every answer of the credits API takes; may change while a page is open. */
export interface ApiDelay {
  milliseconds: number
}

/**
 * A new profile with an empty cache, whose outside world is the sandbox.
 * `storage` is what a profile has kept (see Playwright's `storageState`).
 */
export async function newProfile(
  browser: Browser,
  sandbox: Sandbox,
  delay: ApiDelay,
  storage?: StorageState,
): Promise<BrowserContext> {
  const context = await browser.newContext({
    viewport: { width: 1400, height: 900 },
    locale: 'en-US',
    ...(storage ? { storageState: storage } : {}),
  })
  await context.addInitScript(TSX_HELPER)
  await routeOutside(context, sandbox, delay)
  return context
}

/**
 * Leads the outside world's addresses to the sandbox by the browser's driver. The service worker
 * that does it in a person's browser would be measured along.
 */
async function routeOutside(
  context: BrowserContext,
  { urls }: Sandbox,
  delay: ApiDelay,
): Promise<void> {
  const local = new Set(Object.values(urls).map((url) => new URL(url).origin))
  await context.route(
    (url) => !local.has(url.origin) && url.protocol.startsWith('http'),
    async (route) => {
      const url = new URL(route.request().url())
      const base = localBase(url.hostname, urls)
      if (base === null) return route.abort()
      if (route.request().method() === 'OPTIONS')
        return route.fulfill({ status: 204, headers: CORS })
      const wait = base === urls.credits ? delay.milliseconds : 0
      return answerFrom(route, `${base}${url.pathname}${url.search}`, wait)
    },
  )
}

function localBase(hostname: string, urls: Sandbox['urls']): string | null {
  if (hostname === 'api.comfy.org' || hostname === 'cloud.comfy.org') return urls.credits
  const google = /^(identitytoolkit|securetoken)\.googleapis\.com$/
  return google.test(hostname) ? urls.identity : null
}

async function answerFrom(route: Route, url: string, milliseconds: number): Promise<void> {
  const request = route.request()
  const body = request.postDataBuffer()
  const answer = await fetch(url, {
    method: request.method(),
    headers: headersFor(request.headers()),
    body: body === null ? null : new Uint8Array(body),
  })
  const content = Buffer.from(await answer.arrayBuffer())
  if (milliseconds > 0) await setTimeout(milliseconds)
  await route.fulfill({
    status: answer.status,
    headers: { ...CORS, 'content-type': answer.headers.get('content-type') ?? 'text/plain' },
    body: content,
  })
}

/** Only what the services read; the browser's own headers are of no use to them. */
function headersFor(headers: Record<string, string>): Record<string, string> {
  const wanted = new Set(['authorization', 'x-api-key', 'content-type'])
  return Object.fromEntries(Object.entries(headers).filter(([name]) => wanted.has(name)))
}
