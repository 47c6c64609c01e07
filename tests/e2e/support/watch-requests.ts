import type { Page, Request } from 'playwright-core'
import { eventually } from './eventually.ts'

const CREDITS_API = /\/(customers|billing)\/(balance|events)\b(?!\/stream)/
const STREAM = /\/(customers|billing)\/balance\/stream\b/
const SILENCE_MS = 700

/**
 * Follows the panel's requests from now on, for tests that count them. What this gives resolves once
 * the panel's own first requests are answered: the stream of changes, which opens when the page is
 * idle, and the balance, which is asked for once more when it has opened. No event shows that
 * nothing else will follow, so a short silence comes last.
 */
export function watchRequests(page: Page): () => Promise<void> {
  const open = new Set<Request>()
  let last = Date.now()
  let stream: 'awaited' | 'opened' | 'answered' | 'absent' = 'awaited'

  page.on('request', (request) => {
    if (STREAM.test(request.url())) stream = 'awaited'
    if (!CREDITS_API.test(request.url())) return
    open.add(request)
    last = Date.now()
  })
  page.on('response', (response) => {
    if (STREAM.test(response.url())) stream = response.ok() ? 'opened' : 'absent'
  })
  const ended = (request: Request): void => {
    if (!open.delete(request)) return
    last = Date.now()
    if (stream === 'opened' && request.url().endsWith('/balance')) stream = 'answered'
  }
  page.on('requestfinished', ended)
  page.on('requestfailed', ended)

  const isSettled = (): boolean =>
    (stream === 'answered' || stream === 'absent') &&
    open.size === 0 &&
    Date.now() - last >= SILENCE_MS
  return () => eventually(async () => isSettled(), true)
}
