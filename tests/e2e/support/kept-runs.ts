import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Page } from 'playwright-core'
import type { Reading } from '../../../src/usage/ledger/port.ts'
import { fileParts } from '../../../src/usage/ledger/write-file.ts'
import type { JudgedRun } from '../../src/support/many-runs.ts'
import { creditsPanel } from './comfy.ts'

const PIECE = 2000

/**
 * Reads runs into the page's database, as somebody does who comes from another browser: by a file
 * of theirs, in About this panel. Resolves when they are kept.
 */
export async function importRuns(
  page: Page,
  runs: readonly JudgedRun[],
  { readings = [], timeout = 60_000 }: { readings?: readonly Reading[]; timeout?: number } = {},
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'credits-runs-'))
  try {
    const file = join(folder, 'runs.json')
    await pipeline(Readable.from(textOf(runs, readings)), createWriteStream(file))
    const about = creditsPanel(page).getByText('About this panel')
    await about.click()
    await creditsPanel(page).getByLabel('File', { exact: true }).setInputFiles(file)
    await creditsPanel(page).getByRole('button', { name: 'Read it', exact: true }).click()
    await creditsPanel(page).getByText('runs read').waitFor({ timeout })
    await about.click()
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function* textOf(runs: readonly JudgedRun[], readings: readonly Reading[]) {
  const parts = await fileParts('elsewhere', inPieces(runs, readings), {
    at: Date.now(),
    signal: new AbortController().signal,
    told: () => {},
  })
  for (const part of parts) yield await part.text()
}

async function* inPieces(runs: readonly JudgedRun[], readings: readonly Reading[]) {
  for (let begin = 0; begin < runs.length; begin += PIECE)
    yield { runs: runs.slice(begin, begin + PIECE), readings: [] }
  yield { runs: [], readings: [...readings] }
}
