import type { Page } from 'playwright-core'

/** The names of all states of the development page. */
export async function panelStates(page: Page, address: string): Promise<string[]> {
  await page.goto(address)
  await page.locator('html[data-shown]').waitFor()
  const links = await page.locator('#switches a').evaluateAll((anchors) =>
    anchors.flatMap((anchor) => {
      const given = new URLSearchParams(anchor.getAttribute('href') ?? '')
      return given.get('state') === anchor.textContent ? [anchor.textContent] : []
    }),
  )
  return links
}
