import type { BrowserContext, Page } from 'playwright-core'
import { openComfy, openSettings } from '../../tests/support/pages/comfy.ts'

/** Like a person who looks at the canvas before opening the settings. */
const SETTLE_MS = 3000

export async function openSettled(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage()
  await openComfy(page, url)
  await page.waitForTimeout(SETTLE_MS)
  return page
}

/** The settings, before anything of the list is loaded; `entry` leads to it. */
export async function openAbout(page: Page, entry: string): Promise<void> {
  await openSettings(page)
  await page.locator('[data-nav-id="about"]').click()
  await page.locator(entry).waitFor()
}
