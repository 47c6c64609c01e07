import type { Page } from 'playwright-core'

/** The part of what ComfyUI sends with `--disable-api-nodes` that matters here. */
const API_NODES_OFF = "connect-src 'self' data:"

/**
 * Pages opened from now on behave as with `--disable-api-nodes`. The policy goes into the page's head,
 * before any script: a page that the driver answers with our header would count as one from the
 * internet, which over plain http may load nothing from this machine.
 */
export async function forbidOutside(page: Page): Promise<void> {
  await page.addInitScript((content) => {
    const observer = new MutationObserver(() => {
      if (!document.head) return
      observer.disconnect()
      const meta = document.createElement('meta')
      meta.httpEquiv = 'Content-Security-Policy'
      meta.content = content
      document.head.append(meta)
    })
    observer.observe(document, { childList: true, subtree: true })
  }, API_NODES_OFF)
}
