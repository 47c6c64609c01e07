import type { Page } from 'playwright-core'

export const popup = (page: Page) => page.getByRole('dialog', { name: 'Buy credits' })

/** From the open panel to the payment page in its own tab. */
export async function buy(page: Page, preset: string): Promise<Page> {
  await choose(page, preset)
  const [payment] = await Promise.all([
    page.context().waitForEvent('page'),
    popup(page).getByRole('button', { name: 'Buy', exact: true }).click(),
  ])
  await payment.getByRole('button', { name: /^Pay/ }).waitFor()
  return payment
}

export async function choose(page: Page, preset: string): Promise<void> {
  await page.getByRole('button', { name: 'Buy credits' }).click()
  await popup(page).getByRole('button', { name: preset, exact: true }).click()
}

export async function closePopup(page: Page): Promise<void> {
  if (!(await popup(page).isVisible())) return
  await popup(page)
    .getByRole('button', { name: /^(Done|Close|Cancel)$/ })
    .first()
    .click()
  await popup(page).waitFor({ state: 'hidden' })
}
