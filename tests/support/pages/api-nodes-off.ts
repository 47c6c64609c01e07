import type { Page } from 'playwright-core'

/** What ComfyUI sends with `--disable-api-nodes`, as far as it matters here. */
const API_NODES_OFF = "connect-src 'self' data:"

/**
 * Pages opened from now on are as with `--disable-api-nodes`. The policy comes into the page's head
 * before any script of the page: a page answered by the driver with a header of ours counts as one
 * from the internet, and on plain http may load nothing from here.
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
