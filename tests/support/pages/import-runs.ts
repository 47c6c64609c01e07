import type { Page } from 'playwright-core'
import type { Reading } from '../../../src/reconciliation/balance-reading.ts'
import type { JudgedRun } from '../../../src/run-archive/port.ts'
import { fileParts } from '../../../src/run-archive/write-file.ts'
import { creditsPanel, openTab } from './comfy.ts'

/** A file of these runs, for an account that nobody here has. */
export async function runsFile(runs: readonly JudgedRun[], readings: readonly Reading[] = []) {
  const pieces = (async function* () {
    yield { runs, readings, events: [] }
  })()
  const parts = await fileParts('elsewhere', pieces, {
    at: Date.now(),
    signal: new AbortController().signal,
    onProgress: () => {},
  })
  const buffer = Buffer.from(await new Blob(parts).arrayBuffer())
  return { name: 'runs.json', mimeType: 'application/json', buffer }
}

/**
 * Imports runs into the panel's history from a file, as after a change of browser. Resolves once they
 * are stored.
 */
export async function importRuns(
  page: Page,
  runs: readonly JudgedRun[],
  readings?: readonly Reading[],
): Promise<void> {
  await openTab(page, 'Settings')
  await creditsPanel(page)
    .getByLabel('File', { exact: true })
    .setInputFiles(await runsFile(runs, readings))
  // They are of other credits.
  await creditsPanel(page).getByRole('button', { name: 'Import anyway', exact: true }).click()
  await creditsPanel(page).getByText('runs imported').waitFor()
  await openTab(page, 'History')
}
