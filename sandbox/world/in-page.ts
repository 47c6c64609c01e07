import { BatchInterceptor } from '@mswjs/interceptors'
import { FetchInterceptor } from '@mswjs/interceptors/fetch'
import { XMLHttpRequestInterceptor } from '@mswjs/interceptors/XMLHttpRequest'
import { getResponse } from 'msw'
import type { worldHandlers } from './handlers.ts'

/**
 * The same handlers without a service worker, for pages that may not have one: plain http from
 * another machine (`--lan`), or a browser that blocks them. Only fetch and XMLHttpRequest are
 * caught; images and scripts from outside fail by themselves.
 */
export function catchInPage(handlers: ReturnType<typeof worldHandlers>): void {
  const interceptor = new BatchInterceptor({
    name: 'sandbox-world',
    interceptors: [new FetchInterceptor(), new XMLHttpRequestInterceptor()],
  })
  interceptor.on('request', async ({ request, controller }) => {
    const response = await getResponse(handlers, request)
    if (response !== undefined) controller.respondWith(response)
  })
  interceptor.apply()
}
