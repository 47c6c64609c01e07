import { getResponse } from 'msw'
import type { BrowserContext, Request as DrivenRequest, Route } from 'playwright-core'
import type { NetworkMockConfig } from './config.ts'
import { networkHandlers } from './handlers.ts'
import { staysHere } from './route.ts'

/**
 * The same handlers for a browser that Playwright drives: where a page may have no service worker,
 * or where the worker must not count in a measurement. The page then starts no network mock.
 *
 * Playwright grants every CORS preflight by itself; what the API's would have refused is refused
 * by the handlers, as in the worker. `beforeAnswer` is awaited with what is about to be answered.
 */
export async function routeByDriver(
  context: BrowserContext,
  config: NetworkMockConfig,
  pageOrigin: string,
  beforeAnswer: (asked: URL) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const handlers = networkHandlers(config, pageOrigin)
  const outside = (url: URL) =>
    /^https?:$/.test(url.protocol) && !staysHere(url, config, pageOrigin)
  await context.route(outside, async (route) => {
    const asked = route.request()
    const response = await getResponse(handlers, requestOf(asked))
    if (response === undefined) return route.fallback()
    await beforeAnswer(new URL(asked.url()))
    await answer(route, response).catch(unlessGone)
  })
}

function requestOf(asked: DrivenRequest): Request {
  const body = asked.postDataBuffer()
  return new Request(asked.url(), {
    method: asked.method(),
    headers: asked.headers(),
    ...(body === null ? {} : { body: new Uint8Array(body) }),
  })
}

async function answer(route: Route, response: Response): Promise<void> {
  if (response.type === 'error') return route.abort()
  // Playwright answers with what is whole: a stream would never be. The page is to do without.
  if (response.headers.get('content-type')?.startsWith('text/event-stream')) {
    await response.body?.cancel()
    return route.fulfill({ status: 501, headers: { 'Access-Control-Allow-Origin': '*' } })
  }
  const headers = Object.fromEntries(response.headers)
  // The body is here already, unpacked and whole.
  delete headers['content-encoding']
  delete headers['content-length']
  delete headers['transfer-encoding']
  await route.fulfill({
    status: response.status,
    headers,
    body: Buffer.from(await response.arrayBuffer()),
  })
}

/** A page that was closed in the meantime wants no answer. Playwright names this by words only. */
function unlessGone(error: unknown): void {
  if (error instanceof Error && /has been closed/.test(error.message)) return
  throw error
}
