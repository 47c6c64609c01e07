import type { Page, Request } from 'playwright-core'

const CREDITS_API = /\/(customers|billing)\/(balance|events)\b(?!\/stream)/
const SILENCE_MS = 700

/**
 * Resolves once the panel's own first requests are answered, for tests that count requests from then
 * on. No event shows that no more will follow, so it waits for a short silence.
 */
export async function settled(page: Page): Promise<void> {
  let last = Date.now()
  const note = (request: Request): void => {
    if (CREDITS_API.test(request.url())) last = Date.now()
  }
  page.on('request', note)
  while (Date.now() - last < SILENCE_MS) await page.waitForTimeout(50)
  page.off('request', note)
}
