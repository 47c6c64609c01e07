import { BatchInterceptor } from '@mswjs/interceptors'
import { FetchInterceptor } from '@mswjs/interceptors/fetch'
import { XMLHttpRequestInterceptor } from '@mswjs/interceptors/XMLHttpRequest'
import { getResponse } from 'msw'
import type { NetworkMockConfig } from './config.ts'
import type { networkHandlers } from './handlers.ts'

/**
 * The same handlers without a service worker, for pages that may not have one: plain http from
 * another machine (`--lan`), or a browser that blocks them. Only fetch and XMLHttpRequest are
 * caught; images and scripts from outside fail by themselves.
 */
export function catchInPage(
  handlers: ReturnType<typeof networkHandlers>,
  config: NetworkMockConfig,
): void {
  shutOutside(config)
  const interceptor = new BatchInterceptor({
    name: 'sandbox-network-mock',
    interceptors: [new FetchInterceptor(), new XMLHttpRequestInterceptor()],
  })
  interceptor.on('request', async ({ request, controller }) => {
    const response = await getResponse(handlers, request)
    if (response !== undefined) controller.respondWith(response)
  })
  interceptor.apply()
}

/**
 * Some telemetry has a fetch of its own, which no interceptor reaches. A content security policy does:
 * the browser then connects to this machine only, and logs each refusal in the console.
 */
function shutOutside({ identityUrl, creditsUrl }: NetworkMockConfig): void {
  const services = [identityUrl, creditsUrl].map((base) => new URL(base).origin)
  const policy = document.createElement('meta')
  policy.httpEquiv = 'Content-Security-Policy'
  // Not every browser counts the websocket to the page's own server as 'self'.
  const own = ["'self'", location.origin.replace(/^http/, 'ws'), 'blob:', 'data:']
  policy.content = `connect-src ${[...own, ...services].join(' ')}`
  document.head.append(policy)
}
