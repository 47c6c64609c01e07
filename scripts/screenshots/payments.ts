import type { Page } from 'playwright-core'
import { creditsPanel, logIn, openComfy } from '../../tests/e2e/support/comfy.ts'
import { buy, closePopup, popup } from '../../tests/e2e/support/purchase.ts'
import { buyButton, CREATE, openPanel, type Studio } from './studio.ts'
import { all, both } from './views.ts'

const says = (page: Page, words: string) => popup(page).getByText(words).first().waitFor()

/** One person's payments, each with another end, and the list that they leave. */
export async function payments(studio: Studio): Promise<void> {
  const page = await studio.newPage()
  // So that the hour for which we ask can be brought forward.
  await page.clock.install()
  await openComfy(page, studio.sandbox.urls.comfyui)
  await logIn(page, 'user@example.com')
  await openPanel(page)
  await paidMeanwhile(page, studio)
  await leftByBack(page, studio)
  await withoutNews(page, studio)
  await withoutAnswer(page, studio)
  await list(page, studio)
  await page.context().close()
}

/** With the popup closed. */
async function paidMeanwhile(page: Page, { shoot }: Studio): Promise<void> {
  const payment = await buy(page, '$10')
  await page.bringToFront()
  await closePopup(page)
  await payment.getByRole('button', { name: /^Pay/ }).click()
  await creditsPanel(page).getByText('Credits added').first().waitFor()
  await shoot(page, 'credited-line', both)
  await creditsPanel(page).getByRole('button', { name: 'Done' }).click()
}

async function leftByBack(page: Page, { shoot }: Studio): Promise<void> {
  const payment = await buy(page, '$10')
  await payment.getByRole('link', { name: /back/i }).click()
  await page.bringToFront()
  await says(page, 'Payment cancelled')
  await shoot(page, 'cancelled', both)
  await popup(page).getByRole('button', { name: 'Stop waiting' }).click()
  await says(page, 'You stopped waiting')
  await shoot(page, 'closed', both)
  await closePopup(page)
}

async function withoutNews(page: Page, { shoot }: Studio): Promise<void> {
  await buy(page, '$50')
  await page.bringToFront()
  await page.clock.fastForward('01:05:00')
  await says(page, 'No news of your payment yet')
  await shoot(page, 'undecided', both)
  await closePopup(page)
  await shoot(page, 'undecided-line', both)
}

async function withoutAnswer(page: Page, { shoot }: Studio): Promise<void> {
  await page.getByRole('button', { name: 'Buy credits' }).click()
  // The popup begins with the payment that there is still no news of.
  await popup(page).getByRole('button', { name: 'Start over' }).click()
  await shoot(page, 'popup-unfinished', both)
  await page.route(CREATE, (route) => route.abort())
  await buyButton(page).click()
  await says(page, 'No answer to your payment')
  await shoot(page, 'lost', both)
  await page.unroute(CREATE)
  await closePopup(page)
}

async function list(page: Page, { shoot }: Studio): Promise<void> {
  const section = creditsPanel(page).getByRole('region', { name: 'Payments' })
  await section.scrollIntoViewIfNeeded()
  await shoot(page, 'payments', all)
  await section.getByRole('button', { name: /^Show \d+ more/ }).click()
  await section.getByRole('button', { name: 'Copy for support' }).last().click()
  await section.getByRole('textbox').scrollIntoViewIfNeeded()
  await shoot(page, 'payments-all', both)
}
