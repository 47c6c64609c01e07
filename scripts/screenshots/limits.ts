import type { Locator, Page } from 'playwright-core'
import { creditsPanel, historyRows, openTab, runCommand } from '../../tests/support/pages/comfy.ts'
import { changeGraph, question, setAutoQueue } from '../../tests/support/pages/run-guard.ts'
import { enter, openPanel, type Session } from './session.ts'
import { all, both } from './views.ts'

/** Limits at about 30, 85 and 110 % of one run's 12.66 credits, and the questions about the next. */
export async function limits(session: Session): Promise<void> {
  const page = await enter(session, 'user@example.com')
  await openPanel(page)
  const panel = creditsPanel(page)
  await openTab(page, 'Limits')
  await panel.getByText('No limits yet').waitFor()
  await session.capture(page, 'limits-empty', all)
  await runCommand(page, 'Comfy.QueuePrompt')
  await openTab(page, 'History')
  await historyRows(page, 'run').and(page.locator('[data-status="succeeded"]')).waitFor()
  await openTab(page, 'Limits')
  await addLimit(panel, '42', 'Each day')
  await addLimit(panel, '15', 'Each week')
  await addLimit(panel, '11.5', 'Each month')
  await session.capture(page, 'limits', all)
  await panel.getByRole('button', { name: 'Add a limit' }).click()
  await panel.getByLabel('Amount in credits').fill('many')
  await panel.getByRole('button', { name: 'Save' }).click()
  await panel.getByRole('form', { name: 'New limit' }).scrollIntoViewIfNeeded()
  await session.capture(page, 'limits-editing', all)
  await panel.getByRole('button', { name: 'Cancel' }).click()
  await stop(page, session)
  await runaway(page, session)
  await page.context().close()
}

async function addLimit(panel: Locator, amount: string, period: string): Promise<void> {
  await panel.getByRole('button', { name: 'Add a limit' }).click()
  await panel.getByLabel('Amount in credits').fill(amount)
  await panel.getByLabel('Period').selectOption(period)
  await panel.getByRole('button', { name: 'Save' }).click()
  await panel.getByRole('heading', { name: amount }).waitFor()
}

/** One run is stopped, one goes on once more. */
async function stop(page: Page, { capture }: Session): Promise<void> {
  await runCommand(page, 'Comfy.QueuePrompt')
  await question(page).waitFor()
  await capture(page, 'question-limit', all)
  await question(page).getByRole('button', { name: 'Cancel' }).click()
  await runCommand(page, 'Comfy.QueuePrompt')
  await question(page).getByRole('button', { name: 'Run once more' }).click()
  await capture(page, 'question-limit-no-reason', both)
  await question(page).getByRole('textbox').fill('The client wants it today')
  await question(page).getByRole('button', { name: 'Run once more' }).click()
  const table = creditsPanel(page).getByRole('table', { name: 'Stopped runs' })
  await table.getByText('The client wants it today').waitFor()
  await table.scrollIntoViewIfNeeded()
  await capture(page, 'limits-stopped', all)
}

async function runaway(page: Page, { capture }: Session): Promise<void> {
  const panel = creditsPanel(page)
  for (let left = 3; left > 0; left -= 1)
    await panel
      .getByRole('button', { name: /^Remove/ })
      .first()
      .click()
  await panel.getByRole('switch', { name: 'Pause a runaway auto-queue' }).click()
  await panel.getByLabel('More than (credits)').fill('10')
  await page.keyboard.press('Enter')
  // One that has just run; the host's auto-queue presses again as its runs end.
  await setAutoQueue(page, 'change')
  await changeGraph(page)
  await historyRows(page, 'run').nth(2).waitFor({ state: 'attached' })
  await changeGraph(page)
  await question(page).waitFor()
  await capture(page, 'question-runaway', all)
  await question(page).getByRole('button', { name: 'Keep paused' }).click()
}
