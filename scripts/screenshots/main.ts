import type { Page } from 'playwright-core'
import {
  balance,
  creditsPanel,
  historyRows,
  openComfy,
  openCredits,
  openTab,
  runCommand,
} from '../../tests/support/pages/comfy.ts'
import { choose, closePopup, popup } from '../../tests/support/pages/purchase.ts'
import { buyButton, CREATE, delayResponse, enter, EVENTS, type Session } from './session.ts'
import { all, both } from './views.ts'

const STATUS = /\/customers\/credit\/./

const refresh = (page: Page) => page.getByRole('button', { name: 'Refresh balance' }).click()

/** One person's day: each state follows from the one before. */
export async function main(session: Session): Promise<void> {
  const page = await enter(session, 'user@example.com')
  await firstOpening(page, session)
  await runs(page, session)
  await history(page, session)
  await chooseAmounts(page, session)
  await pay(page, session)
  await serviceDown(page, session)
  await page.context().close()
}

async function firstOpening(page: Page, { capture }: Session): Promise<void> {
  const respond = await delayResponse(page, /\/customers\/(balance|events)/)
  await openCredits(page)
  await capture(page, 'loading', both)
  await respond()
  await balance(page).and(page.locator('[data-credits]')).waitFor()
}

async function runs(page: Page, { capture, coversAtFailure }: Session): Promise<void> {
  await runPrompt(page, { class_type: 'SampleChat', inputs: { model: 'lexis-large' } })
  await runPrompt(page, { class_type: 'SampleImage', inputs: { quality: 'high', n: 2 } })
  if (!coversAtFailure)
    await runPrompt(page, { class_type: 'SampleImage', inputs: { prompt: 'A castle [fail]' } })
  await capture(page, 'usual', all)

  for (const row of await historyRows(page, 'run').all()) await row.getByRole('button').click()
  await capture(page, 'runs-opened', all)
  for (const row of await historyRows(page, 'run').all()) await row.getByRole('button').click()

  await openTab(page, 'Overview')
  await capture(page, 'overview', all)
  for (const question of await creditsPanel(page).locator('summary').all()) await question.click()
  await page.locator('[data-setting-id="ComfyUICredits.TakeOver"]').scrollIntoViewIfNeeded()
  await capture(page, 'facts-and-setting', both)
  for (const question of await creditsPanel(page).locator('summary').all()) await question.click()
  await openTab(page, 'History')
}

/** Runs one API node, with a node that shows its output, on the canvas. */
async function runPrompt(
  page: Page,
  node: { class_type: string; inputs: Record<string, unknown> },
): Promise<void> {
  const isText = node.class_type === 'SampleChat'
  const defaults = isText
    ? { prompt: 'Three names for a tea shop', max_tokens: 1024 }
    : { prompt: 'A teapot in the sun', quality: 'low', n: 1, seed: 5 }
  const graph = {
    1: { ...node, inputs: { ...defaults, ...node.inputs } },
    2: isText
      ? { class_type: 'PreviewAny', inputs: { source: ['1', 0] } }
      : { class_type: 'PreviewImage', inputs: { images: ['1', 0] } },
  }
  await page.evaluate((prompt) => {
    const host: unknown = window.comfyAPI?.app.app
    const app = host as { loadApiJson: (prompt: unknown, name: string) => void }
    app.loadApiJson(prompt, 'screenshots.json')
  }, graph)
  const before = await historyRows(page, 'run').count()
  await runCommand(page, 'Comfy.QueuePrompt')
  await historyRows(page, 'run').nth(before).waitFor()
  await historyRows(page, 'run')
    .and(page.locator('[data-status="running"]'))
    .waitFor({ state: 'detached' })
}

async function history(page: Page, { capture }: Session): Promise<void> {
  await page.route(EVENTS, (route) => route.fulfill({ status: 500, json: {} }))
  await refreshHistory(page)
  await creditsPanel(page).getByRole('alert').first().waitFor()
  await creditsPanel(page).getByRole('heading').first().scrollIntoViewIfNeeded()
  await capture(page, 'history-error', both)
  await page.unroute(EVENTS)
  await creditsPanel(page).getByRole('button', { name: 'Try again' }).click()
  await creditsPanel(page).getByRole('alert').waitFor({ state: 'detached' })
}

/** The command requests both the balance and the history. */
async function refreshHistory(page: Page): Promise<void> {
  const requested = page.waitForResponse((response) => EVENTS.test(response.url()))
  await runCommand(page, 'ComfyUICredits.Refresh')
  await requested
}

async function chooseAmounts(page: Page, { capture }: Session): Promise<void> {
  await choose(page, '$25')
  await capture(page, 'popup', all)
  // When the language changes, the host renders its pane again, and our dialog loses its backdrop.
  await closePopup(page)
  await choose(page, '$25')
  await popup(page).getByRole('spinbutton', { name: 'Amount in USD' }).fill('2')
  await capture(page, 'popup-wrong', both)
  await popup(page).getByRole('spinbutton', { name: 'Amount in USD' }).fill('10')
  await page.route(CREATE, (route) => route.fulfill({ status: 429, json: {} }))
  await buyButton(page).click()
  await popup(page).getByRole('alert').waitFor()
  await capture(page, 'popup-refused', both)
  await page.unroute(CREATE)
}

async function pay(page: Page, { capture }: Session): Promise<void> {
  const respond = await delayResponse(page, CREATE)
  const opened = page.context().waitForEvent('page')
  await buyButton(page).click()
  const payment = await opened
  await page.bringToFront()
  await capture(page, 'popup-creating', both)
  await respond()
  await popup(page).getByText('Waiting for your payment').waitFor()
  await capture(page, 'waiting', both)
  await closePopup(page)
  await capture(page, 'pending-line', both)
  await page.getByRole('button', { name: 'Show', exact: true }).first().click()

  const restore = await setPaymentState(page, 'processing')
  await popup(page).getByText('Payment received').waitFor()
  await capture(page, 'paid', both)
  await restore()
  await payment.getByRole('button', { name: /^Pay/ }).click()
  await popup(page).getByText('Credits added').waitFor()
  await capture(page, 'credited', both)
  await closePopup(page)

  await page.evaluate(() => {
    window.open = () => null
  })
  await choose(page, '$25')
  await buyButton(page).click()
  await popup(page)
    .getByRole('link', { name: /^Open payment page/ })
    .waitFor()
  await capture(page, 'blocked', all)
  const restoreFailed = await setPaymentState(page, 'failed')
  await popup(page).getByText('The payment failed').waitFor()
  await capture(page, 'declined', both)
  await restoreFailed()
  await closePopup(page)
}

/** Makes the service report this state of the purchase, and the panel ask for it. */
async function setPaymentState(page: Page, state: string): Promise<() => Promise<void>> {
  await page.route(STATUS, (route) =>
    route.fulfill({
      headers: { 'access-control-allow-origin': '*' },
      json: { session_id: 'cs_test_screenshots', state, amount_micros: 10_000_000 },
    }),
  )
  await page.evaluate(() => window.dispatchEvent(new Event('focus')))
  return () => page.unroute(STATUS)
}

/** The service goes down: under an open panel first, then before the panel is opened. */
async function serviceDown(page: Page, session: Session): Promise<void> {
  await session.sandbox.credits.kill()
  await refresh(page)
  await creditsPanel(page).getByRole('alert').first().waitFor()
  await session.capture(page, 'unreachable', both)
  await openComfy(page, session.sandbox.urls.comfyui)
  await openCredits(page)
  await creditsPanel(page).getByRole('alert').first().waitFor({ timeout: 60_000 })
  await session.capture(page, 'last-known', both)
  await page.evaluate(() => {
    for (const key of Object.keys(localStorage))
      if (key.startsWith('comfyui-credits:')) localStorage.removeItem(key)
  })
  await openComfy(page, session.sandbox.urls.comfyui)
  await openCredits(page)
  await creditsPanel(page).getByRole('alert').first().waitFor({ timeout: 60_000 })
  await session.capture(page, 'nothing-known', both)
  await session.sandbox.credits.restart()
}
