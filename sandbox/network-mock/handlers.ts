import { http, HttpResponse } from 'msw'
import type { NetworkMockConfig } from './config.ts'
import { forwardedHeaders, routeOf } from './route.ts'

/**
 * One handler for all requests: msw's path patterns would read the colon of `accounts:lookup` as a
 * parameter, and the decision is a plain function that tests can call.
 */
export function networkHandlers(config: NetworkMockConfig, pageOrigin: string) {
  return [
    http.all(/^https?:/, async ({ request }) => {
      const route = routeOf(request, config, pageOrigin)
      switch (route.to) {
        case 'network':
          // msw performs what no handler answers.
          return undefined
        case 'service':
          return forward(request, route.url)
        case 'list':
          return HttpResponse.json([])
        case 'silence':
          return new HttpResponse(null, { status: 204 })
        case 'nowhere':
          return HttpResponse.error()
      }
    }),
  ]
}

/**
 * Streams pass through in both directions and end when the page aborts. A failure here is a network
 * error for the page.
 */
async function forward(request: Request, url: string): Promise<Response> {
  const hasBody = request.method !== 'GET' && request.method !== 'HEAD'
  try {
    return await fetch(url, {
      method: request.method,
      headers: onItsOwn(forwardedHeaders(request.headers)),
      credentials: 'omit',
      signal: request.signal,
      ...(hasBody ? { body: await request.arrayBuffer() } : {}),
    })
  } catch {
    // Not swallowed: msw would make a 500 of it, and a service that is down answers nothing.
    return HttpResponse.error()
  }
}

/**
 * On a connection of its own. Node also uses one that the service may be closing at that moment
 * because it was idle, and the request is lost; a browser tries again by itself, and does not let
 * this header be set.
 */
function onItsOwn(headers: Headers): Headers {
  headers.set('Connection', 'close')
  return headers
}
