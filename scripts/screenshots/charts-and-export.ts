import type { Page } from 'playwright-core'
import { creditsPanel } from '../../tests/support/pages/comfy.ts'
import { importRuns } from '../../tests/support/pages/import-runs.ts'
import { manyRuns } from '../../tests/support/builders/many-runs.ts'
import type { Reading } from '../../src/reconciliation/balance-reading.ts'
import type { JudgedRun } from '../../src/run-archive/port.ts'
import { enter, openPanel, type Session } from './session.ts'
import { all, both } from './views.ts'

const RUNS = 400

/** Charts of the history, and its export. */
export async function chartsAndExport(session: Session): Promise<void> {
  const page = await enter(session, 'user@example.com')
  await openPanel(page, 'History')
  const runs = [...manyRuns(RUNS, { callsEach: 1 })]
  await importRuns(page, runs, readingsOf(runs))
  const panel = creditsPanel(page)
  await panel.getByRole('button', { name: 'Charts', exact: true }).click()
  const charts = panel.getByRole('region', { name: 'Charts' })
  await charts.locator('canvas').first().waitFor()
  await charts.scrollIntoViewIfNeeded()
  await session.capture(page, 'charts', all)
  for (const chart of ['Workflows', 'Outcomes', 'Balance'] as const) {
    await charts.getByRole('button', { name: chart, exact: true }).click()
    await charts.locator('canvas').waitFor()
    await session.capture(page, `charts-${chart.toLowerCase()}`, both)
  }
  await charts.getByRole('button', { name: 'Over time' }).click()
  await charts.getByRole('button', { name: 'View table' }).click()
  await session.capture(page, 'charts-table', all)
  await panel.getByRole('button', { name: 'Charts', exact: true }).click()

  await panel.getByRole('button', { name: 'Export', exact: true }).click()
  const exporting = panel.getByRole('group', { name: 'Export' })
  await exporting.scrollIntoViewIfNeeded()
  await session.capture(page, 'export', both)
  const resume = await pauseChunks(page)
  await exporting.getByRole('button', { name: 'Save as CSV' }).click()
  await exporting.getByRole('progressbar').waitFor()
  await session.capture(page, 'export-working', both)
  await resume()
  await exporting.getByText('Saved as').waitFor()
  await session.capture(page, 'export-saved', all)
  await page.context().close()
}

/** Makes each chunk of a file slow, and pauses after the first until the function is called. */
async function pauseChunks(page: Page): Promise<() => Promise<void>> {
  const paused = await page.evaluateHandle(() => {
    const posts: (() => void)[] = []
    const { postMessage } = MessagePort.prototype
    const now = performance.now.bind(performance)
    let later = 0
    performance.now = () => now() + (later += 20)
    MessagePort.prototype.postMessage = function pause(this: MessagePort, message: unknown) {
      posts.push(() => postMessage.call(this, message))
    }
    return () => {
      MessagePort.prototype.postMessage = postMessage
      performance.now = now
      for (const post of posts) post()
    }
  })
  return () => paused.evaluate((release) => release())
}

/** An account that is topped up whenever it is nearly empty. */
function readingsOf(runs: readonly JudgedRun[]): Reading[] {
  let usdMicros = 20_000_000
  return runs.toReversed().map(({ run, verdict }) => {
    usdMicros -= verdict?.usdMicros ?? 0
    if (usdMicros < 1_000_000) usdMicros += 25_000_000
    return { at: run.endedAt ?? run.startedAt, usdMicros }
  })
}
