import type { BrowserContext, Page } from 'playwright-core'
import { openComfy, openSettings } from '../../tests/support/pages/comfy.ts'

/** As somebody who has looked at the canvas before going to the settings. */
const SETTLE_MS = 3000

export async function openSettled(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage()
  await openComfy(page, url)
  await page.waitForTimeout(SETTLE_MS)
  return page
}

/** In the settings, where nothing of the list has been loaded; `entry` leads to it. */
export async function openAbout(page: Page, entry: string): Promise<void> {
  await openSettings(page)
  await page.locator('[data-nav-id="about"]').click()
  await page.locator(entry).waitFor()
}
