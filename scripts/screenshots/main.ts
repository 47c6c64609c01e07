import type { Page } from 'playwright-core'
import { manyEvents } from '../../sandbox/panel/sample-events.ts'
import {
  balance,
  creditsPanel,
  historyRows,
  openComfy,
  openCredits,
  runCommand,
} from '../../tests/e2e/support/comfy.ts'
import { importRuns } from '../../tests/e2e/support/import-runs.ts'
import { choose, closePopup, popup } from '../../tests/e2e/support/purchase.ts'
import { switchWorkspace } from '../../tests/e2e/support/workspaces.ts'
import { manyRuns } from '../../tests/src/support/many-runs.ts'
import { aside } from './aside.ts'
import { extras } from './extras.ts'
import { payments } from './payments.ts'
import { buyButton, CREATE, enter, hold, openPanel, type Story, type Studio } from './studio.ts'
import { all, both } from './views.ts'

const EVENTS = /\/customers\/events/
const STATUS = /\/customers\/credit\/./
const TOP_UP = /\/api\/billing\/topup$/
const PAGES = 3
const PAGE_SIZE = 50
const MANY = 2000

const refresh = (page: Page) => page.getByRole('button', { name: 'Refresh balance' }).click()

async function balances(studio: Studio): Promise<void> {
  for (const [state, email] of [
    ['negative', 'negative@example.com'],
    ['empty', 'team@example.com'],
  ] as const) {
    const page = await enter(studio, email)
    await openPanel(page)
    await studio.shoot(page, state, both)
    await page.getByRole('button', { name: 'Buy credits' }).click()
    await studio.shoot(page, `popup-${state}`, both)
    await closePopup(page)
    if (state === 'empty' && !studio.coversAtFailure) await refusal(page, studio)
    await page.context().close()
  }
}

/** A run that there is not enough for opens the popup by itself. */
async function refusal(page: Page, { shoot }: Studio): Promise<void> {
  await runCommand(page, 'Comfy.QueuePrompt')
  await popup(page).getByText('A run was stopped').waitFor()
  await shoot(page, 'popup-after-refusal', both)
  await closePopup(page)
}

/** One person's evening: the states follow from each other. */
async function evening(studio: Studio): Promise<void> {
  const page = await enter(studio, 'user@example.com')
  await firstLook(page, studio)
  await runs(page, studio)
  await history(page, studio)
  await chooseAmounts(page, studio)
  await pay(page, studio)
  await away(page, studio)
  await page.context().close()
}

async function firstLook(page: Page, { shoot }: Studio): Promise<void> {
  const answer = await hold(page, /\/customers\/(balance|events)/)
  await openCredits(page)
  await shoot(page, 'loading', both)
  await answer()
  await balance(page).and(page.locator('[data-credits]')).waitFor()
}

async function runs(page: Page, { shoot, coversAtFailure }: Studio): Promise<void> {
  await runPrompt(page, { class_type: 'SampleChat', inputs: { model: 'lexis-large' } })
  await runPrompt(page, { class_type: 'SampleImage', inputs: { quality: 'high', n: 2 } })
  if (!coversAtFailure)
    await runPrompt(page, { class_type: 'SampleImage', inputs: { prompt: 'A castle [fail]' } })
  await shoot(page, 'usual', all)

  for (const row of await historyRows(page, 'run').all()) await row.getByRole('button').click()
  await shoot(page, 'runs-opened', all)
  for (const row of await historyRows(page, 'run').all()) await row.getByRole('button').click()

  for (const question of await creditsPanel(page).locator('summary').all()) await question.click()
  await page.locator('[data-setting-id="ComfyUICredits.TakeOver"]').scrollIntoViewIfNeeded()
  await shoot(page, 'facts-and-setting', both)
  for (const question of await creditsPanel(page).locator('summary').all()) await question.click()
}

/** Runs one API node with what shows its output, on the canvas. */
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
    app.loadApiJson(prompt, 'shots.json')
  }, graph)
  const before = await historyRows(page, 'run').count()
  await runCommand(page, 'Comfy.QueuePrompt')
  await historyRows(page, 'run').nth(before).waitFor()
  await historyRows(page, 'run')
    .and(page.locator('[data-status="running"]'))
    .waitFor({ state: 'detached' })
}

async function history(page: Page, { shoot }: Studio): Promise<void> {
  const events = manyEvents(Date.now(), PAGES * PAGE_SIZE)
  await page.route(EVENTS, async (route) => {
    const at = Number(new URL(route.request().url()).searchParams.get('page') ?? 1)
    await route.fulfill({
      headers: { 'access-control-allow-origin': '*' },
      json: {
        total: events.length,
        page: at,
        limit: PAGE_SIZE,
        totalPages: PAGES,
        events: events.slice((at - 1) * PAGE_SIZE, at * PAGE_SIZE),
      },
    })
  })
  await refreshHistory(page)
  const more = creditsPanel(page).getByRole('button', { name: 'Load more' })
  await more.waitFor()
  const answer = await hold(page, EVENTS)
  // Whoever comes to the end of the list wants to go on.
  await more.scrollIntoViewIfNeeded()
  const loading = creditsPanel(page).getByRole('button', { name: 'Loading…' })
  await loading.waitFor()
  await loading.scrollIntoViewIfNeeded()
  await shoot(page, 'loading-more', both)
  await answer()
  await page.unroute(EVENTS)

  await page.route(EVENTS, (route) => route.fulfill({ status: 500, json: {} }))
  await refreshHistory(page)
  await creditsPanel(page).getByRole('alert').first().waitFor()
  await creditsPanel(page).getByRole('heading').first().scrollIntoViewIfNeeded()
  await shoot(page, 'history-error', both)
  await page.unroute(EVENTS)
  await creditsPanel(page).getByRole('button', { name: 'Try again' }).click()
  await creditsPanel(page).getByRole('alert').waitFor({ state: 'detached' })
}

/** A list of many runs, looked at in every way there is. */
async function list(studio: Studio): Promise<void> {
  const page = await enter(studio, 'user@example.com')
  await openPanel(page)
  await importRuns(page, [...manyRuns(MANY)])
  const panel = creditsPanel(page)
  const search = panel.getByRole('textbox', { name: 'Search the history' })
  await search.scrollIntoViewIfNeeded()
  await studio.shoot(page, 'list', all)
  await panel.getByRole('button', { name: 'Filters', exact: true }).click()
  await panel.getByRole('group', { name: 'How it ended' }).getByLabel('Failed').check()
  await panel.getByRole('group', { name: 'When' }).getByRole('combobox').selectOption('own')
  await studio.shoot(page, 'list-filters', all)
  await panel.getByRole('button', { name: /^Filters/ }).click()
  await panel.getByLabel('Group by').selectOption('workflow')
  await historyRows(page, 'run').first().getByRole('button').click()
  await panel.getByText('Prompt ID').waitFor()
  await studio.shoot(page, 'list-groups', all)
  await search.fill('No such thing')
  await panel.getByText('Nothing matches').waitFor()
  await studio.shoot(page, 'list-no-match', both)
  await page.context().close()
}

/** The command asks for both balance and history. */
async function refreshHistory(page: Page): Promise<void> {
  const asked = page.waitForResponse((response) => EVENTS.test(response.url()))
  await runCommand(page, 'ComfyUICredits.Refresh')
  await asked
}

async function chooseAmounts(page: Page, { shoot }: Studio): Promise<void> {
  await choose(page, '$25')
  await shoot(page, 'popup', all)
  // At a change of language the host draws its pane anew, and a dialog that was moved has no backdrop.
  await closePopup(page)
  await choose(page, '$25')
  await popup(page).getByRole('spinbutton', { name: 'Amount in USD' }).fill('2')
  await shoot(page, 'popup-wrong', both)
  await popup(page).getByRole('spinbutton', { name: 'Amount in USD' }).fill('10')
  await page.route(CREATE, (route) => route.fulfill({ status: 429, json: {} }))
  await buyButton(page).click()
  await popup(page).getByRole('alert').waitFor()
  await shoot(page, 'popup-refused', both)
  await page.unroute(CREATE)
}

async function pay(page: Page, { shoot }: Studio): Promise<void> {
  const answer = await hold(page, CREATE)
  const opened = page.context().waitForEvent('page')
  await buyButton(page).click()
  const payment = await opened
  await page.bringToFront()
  await shoot(page, 'popup-creating', both)
  await answer()
  await popup(page).getByText('Waiting for your payment').waitFor()
  await shoot(page, 'waiting', both)
  await closePopup(page)
  await shoot(page, 'pending-line', both)
  await page.getByRole('button', { name: 'Show', exact: true }).first().click()

  const stands = await standing(page, 'processing')
  await popup(page).getByText('Payment received').waitFor()
  await shoot(page, 'paid', both)
  await stands()
  await payment.getByRole('button', { name: /^Pay/ }).click()
  await popup(page).getByText('Credits added').waitFor()
  await shoot(page, 'credited', both)
  await closePopup(page)

  await page.evaluate(() => {
    window.open = () => null
  })
  await choose(page, '$25')
  await buyButton(page).click()
  await popup(page)
    .getByRole('link', { name: /^Open payment page/ })
    .waitFor()
  await shoot(page, 'blocked', all)
  const fails = await standing(page, 'failed')
  await popup(page).getByText('The payment failed').waitFor()
  await shoot(page, 'declined', both)
  await fails()
  await closePopup(page)
}

/** Lets the service say how a purchase stands, and gives the panel a reason to ask. */
async function standing(page: Page, state: string): Promise<() => Promise<void>> {
  await page.route(STATUS, (route) =>
    route.fulfill({
      headers: { 'access-control-allow-origin': '*' },
      json: { session_id: 'cs_test_shots', state, amount_micros: 10_000_000 },
    }),
  )
  await page.evaluate(() => window.dispatchEvent(new Event('focus')))
  return () => page.unroute(STATUS)
}

/** The service goes away: first under an open panel, then before it is opened again. */
async function away(page: Page, studio: Studio): Promise<void> {
  await studio.sandbox.credits.kill()
  await refresh(page)
  await creditsPanel(page).getByRole('alert').first().waitFor()
  await studio.shoot(page, 'unreachable', both)
  await openComfy(page, studio.sandbox.urls.comfyui)
  await openCredits(page)
  await creditsPanel(page).getByRole('alert').first().waitFor({ timeout: 60_000 })
  await studio.shoot(page, 'last-known', both)
  await page.evaluate(() => {
    for (const key of Object.keys(localStorage))
      if (key.startsWith('comfyui-credits:')) localStorage.removeItem(key)
  })
  await openComfy(page, studio.sandbox.urls.comfyui)
  await openCredits(page)
  await creditsPanel(page).getByRole('alert').first().waitFor({ timeout: 60_000 })
  await studio.shoot(page, 'nothing-known', both)
  await studio.sandbox.credits.restart()
}

/** A team's purse: its owner charges the saved card, a member may not. */
async function team(studio: Studio): Promise<void> {
  if (!studio.hasWorkspaces) return
  const page = await enter(studio, 'team@example.com')
  await openPanel(page)
  await switchWorkspace(page, 'Team Studio')
  await openPanel(page)
  await studio.shoot(page, 'team', both)
  const opened = page.context().waitForEvent('page')
  await choose(page, '$50')
  await buyButton(page).click()
  await (await opened).getByRole('button', { name: /^Pay/ }).click()
  await popup(page).getByText('Credits added').waitFor()
  await closePopup(page)
  await choose(page, '$10')
  await buyButton(page).click()
  await popup(page).getByText('Charge $10').first().waitFor()
  await studio.shoot(page, 'charge', all)
  await page.route(TOP_UP, (route) => route.fulfill({ status: 402, json: {} }))
  await popup(page).getByRole('button', { name: 'Charge $10' }).click()
  await popup(page).getByRole('alert').waitFor()
  await studio.shoot(page, 'charge-declined', both)
  await page.unroute(TOP_UP)
  await closePopup(page)
  await switchWorkspace(page, 'Acme Pictures')
  await openPanel(page)
  await studio.shoot(page, 'member', both)
  await page.context().close()
}

export const stories: Readonly<Record<string, Story>> = {
  balances,
  evening,
  list,
  payments,
  team,
  aside,
  extras,
}
