import type { Page } from 'playwright-core'
import { creditsPanel, logIn, openComfy } from '../../tests/support/pages/comfy.ts'
import { buy, closePopup, popup } from '../../tests/support/pages/purchase.ts'
import { buyButton, CREATE, openPanel, type Session } from './session.ts'
import { all, both } from './views.ts'

const untilText = (page: Page, text: string) => popup(page).getByText(text).first().waitFor()

/** One person's payments, each with a different result, and the list of them. */
export async function payments(session: Session): Promise<void> {
  const page = await session.newPage()
  // The panel polls a payment for an hour; the clock is moved past it.
  await page.clock.install()
  await openComfy(page, session.sandbox.urls.comfyui)
  await logIn(page, 'user@example.com')
  await openPanel(page)
  await paidWithPopupClosed(page, session)
  await cancelled(page, session)
  await undecided(page, session)
  await lost(page, session)
  await list(page, session)
  await page.context().close()
}

async function paidWithPopupClosed(page: Page, { capture }: Session): Promise<void> {
  const payment = await buy(page, '$10')
  await page.bringToFront()
  await closePopup(page)
  await payment.getByRole('button', { name: /^Pay/ }).click()
  await creditsPanel(page).getByText('Credits added').first().waitFor()
  await capture(page, 'credited-line', both)
  await creditsPanel(page).getByRole('button', { name: 'Done' }).click()
}

async function cancelled(page: Page, { capture }: Session): Promise<void> {
  const payment = await buy(page, '$10')
  await payment.getByRole('link', { name: /back/i }).click()
  await page.bringToFront()
  await untilText(page, 'Payment cancelled')
  await capture(page, 'cancelled', both)
  await popup(page).getByRole('button', { name: 'Close' }).last().click()
  await buy(page, '$10')
  await page.bringToFront()
  await popup(page).getByRole('button', { name: 'Cancel' }).click()
  await untilText(page, 'You stopped waiting')
  await capture(page, 'closed', both)
  await closePopup(page)
}

async function undecided(page: Page, { capture }: Session): Promise<void> {
  await buy(page, '$50')
  await page.bringToFront()
  await page.clock.fastForward('01:05:00')
  await untilText(page, 'Payment not confirmed yet')
  await capture(page, 'undecided', both)
  await closePopup(page)
  await capture(page, 'undecided-line', both)
}

async function lost(page: Page, { capture }: Session): Promise<void> {
  await page.getByRole('button', { name: 'Buy credits' }).click()
  // The popup opens with the payment that is still undecided.
  await popup(page).getByRole('button', { name: 'Start over' }).click()
  await capture(page, 'popup-unfinished', both)
  await page.route(CREATE, (route) => route.abort())
  await buyButton(page).click()
  await untilText(page, 'No answer to your payment')
  await capture(page, 'lost', both)
  await page.unroute(CREATE)
  await closePopup(page)
}

async function list(page: Page, { capture }: Session): Promise<void> {
  const section = creditsPanel(page).getByRole('region', { name: 'Payments' })
  await section.scrollIntoViewIfNeeded()
  await capture(page, 'payments', all)
  await section.getByRole('button', { name: /^Show \d+ more/ }).click()
  await section.getByRole('button', { name: 'Copy for support' }).last().click()
  await section.getByRole('textbox').scrollIntoViewIfNeeded()
  await capture(page, 'payments-all', both)
}
