import type { Page } from 'playwright-core'
import { manyEvents } from '../../sandbox/panel/sample-events.ts'
import {
  creditsPanel,
  historyRows,
  openTab,
  runCommand,
  switchGuardOff,
} from '../../tests/support/pages/comfy.ts'
import { importRuns } from '../../tests/support/pages/import-runs.ts'
import { choose, closePopup, popup } from '../../tests/support/pages/purchase.ts'
import { switchWorkspace } from '../../tests/support/pages/workspaces.ts'
import { manyRuns } from '../../tests/support/builders/many-runs.ts'
import { chartsAndExport } from './charts-and-export.ts'
import { estimate } from './estimate.ts'
import { limits } from './limits.ts'
import { main } from './main.ts'
import { misc } from './misc.ts'
import { payments } from './payments.ts'
import {
  buyButton,
  delayResponse,
  enter,
  EVENTS,
  openPanel,
  type Scenario,
  type Session,
} from './session.ts'
import { all, both } from './views.ts'

const TOP_UP = /\/api\/billing\/topup$/
const MANY = 2000

async function balances(session: Session): Promise<void> {
  for (const [state, email] of [
    ['negative', 'negative@example.com'],
    ['empty', 'team@example.com'],
  ] as const) {
    const page = await enter(session, email)
    await openPanel(page)
    await session.capture(page, state, both)
    await page.getByRole('button', { name: 'Buy credits' }).click()
    await session.capture(page, `popup-${state}`, both)
    await closePopup(page)
    if (state === 'empty' && !session.coversAtFailure) await refusal(page, session)
    await page.context().close()
  }
}

/** A run that the credits do not cover opens the popup by itself. */
async function refusal(page: Page, { capture }: Session): Promise<void> {
  await switchGuardOff(page)
  await runCommand(page, 'Comfy.QueuePrompt')
  await popup(page).getByText('A run was stopped').waitFor()
  await capture(page, 'popup-after-refusal', both)
  await closePopup(page)
}

/** An account with more events than are loaded at once. */
async function older(session: Session): Promise<void> {
  const page = await enter(session, 'user@example.com')
  const events = manyEvents(Date.now(), MANY)
  await page.route(EVENTS, async (route) => {
    const query = new URL(route.request().url()).searchParams
    const [at, limit] = [Number(query.get('page') ?? 1), Number(query.get('limit') ?? 50)]
    await route.fulfill({
      headers: { 'access-control-allow-origin': '*' },
      json: {
        total: events.length,
        page: at,
        limit,
        totalPages: Math.ceil(events.length / limit),
        events: events.slice((at - 1) * limit, at * limit),
      },
    })
  })
  await openPanel(page)
  await creditsPanel(page).getByRole('button', { name: 'Load all' }).waitFor()
  await session.capture(page, 'overview-part', both)
  await openTab(page, 'History')
  await creditsPanel(page).getByRole('button', { name: 'Load all' }).first().waitFor()
  const respond = await delayResponse(page, EVENTS)
  // The end of the list loads more by itself.
  await page.keyboard.press('Tab')
  await creditsPanel(page).locator('.cc-list-end').scrollIntoViewIfNeeded()
  await creditsPanel(page).getByRole('button', { name: 'Loading…' }).waitFor()
  await session.capture(page, 'loading-more', both)
  await respond()
  await page.context().close()
}

/** A list of many runs: searched, filtered and grouped. */
async function list(session: Session): Promise<void> {
  const page = await enter(session, 'user@example.com')
  await openPanel(page, 'History')
  await importRuns(page, [...manyRuns(MANY)])
  const panel = creditsPanel(page)
  const search = panel.getByRole('textbox', { name: 'Search the history' })
  await search.scrollIntoViewIfNeeded()
  await session.capture(page, 'list', all)
  await panel.getByRole('button', { name: 'Filters', exact: true }).click()
  await panel.getByRole('group', { name: 'Status' }).getByLabel('Failed').check()
  await panel.getByRole('group', { name: 'Date' }).getByRole('combobox').selectOption('own')
  await session.capture(page, 'list-filters', all)
  await panel.getByRole('button', { name: /^Filters/ }).click()
  await panel.getByLabel('Group by').selectOption('workflow')
  await historyRows(page, 'run').first().getByRole('button').click()
  await panel.getByRole('table', { name: 'Calls of this run' }).waitFor()
  await session.capture(page, 'list-groups', all)
  await search.fill('No such thing')
  await panel.getByText('No results').waitFor()
  await session.capture(page, 'list-no-match', both)
  await page.context().close()
}

/** A team's account: its owner charges the saved card, a member may not. */
async function team(session: Session): Promise<void> {
  if (!session.hasWorkspaces) return
  const page = await enter(session, 'team@example.com')
  await openPanel(page)
  await switchWorkspace(page, 'Team Session')
  await openPanel(page)
  await session.capture(page, 'team', both)
  const opened = page.context().waitForEvent('page')
  await choose(page, '$50')
  await buyButton(page).click()
  await (await opened).getByRole('button', { name: /^Pay/ }).click()
  await popup(page).getByText('Credits added').waitFor()
  await closePopup(page)
  await choose(page, '$10')
  await buyButton(page).click()
  await popup(page).getByText('Charge $10').first().waitFor()
  await session.capture(page, 'charge', all)
  await page.route(TOP_UP, (route) => route.fulfill({ status: 402, json: {} }))
  await popup(page).getByRole('button', { name: 'Charge $10' }).click()
  await popup(page).getByRole('alert').waitFor()
  await session.capture(page, 'charge-declined', both)
  await page.unroute(TOP_UP)
  await closePopup(page)
  await switchWorkspace(page, 'Acme Pictures')
  await openPanel(page)
  await session.capture(page, 'member', both)
  await page.context().close()
}

export const scenarios: Readonly<Record<string, Scenario>> = {
  balances,
  main,
  list,
  limits,
  older,
  payments,
  team,
  misc,
  estimate,
  'charts-and-export': chartsAndExport,
}
