import type { Page } from 'playwright-core'
import { fileParts } from '../../../src/usage/ledger/write-file.ts'
import { manyRuns } from '../../src/support/many-runs.ts'
import { creditsPanel } from './comfy.ts'

/** So many runs in the panel's history, read from a file as somebody does who comes from elsewhere. */
export async function importRuns(page: Page, count: number): Promise<void> {
  const runs = [...manyRuns(count)]
  const pieces = (async function* () {
    yield { runs, readings: [] }
  })()
  const parts = await fileParts('elsewhere', pieces, {
    at: Date.now(),
    signal: new AbortController().signal,
    told: () => {},
  })
  const buffer = Buffer.from(await new Blob(parts).arrayBuffer())
  const about = creditsPanel(page).getByText('About this panel')
  await about.click()
  await creditsPanel(page)
    .getByLabel('File', { exact: true })
    .setInputFiles({ name: 'runs.json', mimeType: 'application/json', buffer })
  // They are of other credits.
  await creditsPanel(page).getByRole('button', { name: 'Read it', exact: true }).click()
  await creditsPanel(page).getByText('runs read').waitFor()
  await about.click()
}
