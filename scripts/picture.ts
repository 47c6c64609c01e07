import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { chromium, type BrowserContext, type Page } from 'playwright-core'
import { Problem } from '../sandbox/problem.ts'
import { startSandbox } from '../sandbox/start.ts'
import {
  balance,
  closeSettings,
  historyRows,
  logIn,
  openComfy,
  openCredits,
  runCommand,
} from '../tests/support/pages/comfy.ts'
import { BROWSER_ARGS, findBrowser, TSX_HELPER } from './browser.ts'

const PICTURE = 'docs/panel.png'
const BYTES_AT_MOST = 200_000
const VIEW = { width: 1280, height: 1000 }

/** A graph in ComfyUI's API format: nodes by id, a link as [node id, output]. */
type Prompt = Record<string, { class_type: string; inputs: Record<string, unknown> }>

/** The runs in the picture, oldest first. */
const RUNS: readonly Prompt[] = [
  {
    1: {
      class_type: 'SampleChat',
      inputs: { prompt: 'Three names for a tea shop', model: 'lexis-large', max_tokens: 1024 },
    },
    2: { class_type: 'PreviewAny', inputs: { source: ['1', 0] } },
  },
  {
    1: {
      class_type: 'SampleVideo',
      inputs: { prompt: 'Waves at night', duration: '5', resolution: '720p', seed: 3 },
    },
    2: { class_type: 'PreviewImage', inputs: { images: ['1', 0] } },
  },
  {
    1: {
      class_type: 'SampleImage',
      inputs: { prompt: 'A teapot in the sun', quality: 'high', n: 2, seed: 5 },
    },
    2: { class_type: 'PreviewImage', inputs: { images: ['1', 0] } },
  },
]

async function buy(person: BrowserContext, page: Page, preset: string): Promise<void> {
  await page.getByRole('button', { name: 'Buy credits' }).click()
  const popup = page.getByRole('dialog', { name: 'Buy credits' })
  await popup.getByRole('button', { name: preset }).click()
  const opened = person.waitForEvent('page')
  await popup.getByRole('button', { name: 'Buy', exact: true }).click()
  await (await opened).getByRole('button', { name: /^Pay/ }).click()
  await popup.getByRole('status').filter({ hasText: '2,110' }).waitFor()
  await popup
    .getByRole('button', { name: /close|done/i })
    .first()
    .click()
  await popup.waitFor({ state: 'hidden' })
}

/** Puts a graph on the canvas, runs it, and waits for its row in the history. */
async function run(page: Page, prompt: Prompt, rows: number): Promise<void> {
  await page.evaluate((graph) => {
    const host: unknown = window.comfyAPI?.app.app
    const app = host as { loadApiJson: (prompt: unknown, name: string) => void }
    app.loadApiJson(graph, 'picture.json')
  }, prompt)
  await queueCanvas(page, rows)
}

async function queueCanvas(page: Page, rows: number): Promise<void> {
  await runCommand(page, 'Comfy.QueuePrompt')
  await openCredits(page)
  const row = historyRows(page, 'run').nth(rows - 1)
  await row.waitFor({ timeout: 60_000 })
  await historyRows(page, 'run').first().and(page.locator('[data-status="succeeded"]')).waitFor()
  await closeSettings(page)
}

async function takePicture(person: BrowserContext, url: string): Promise<void> {
  const page = await person.newPage()
  await openComfy(page, url)
  await logIn(page, 'user@example.com')
  await openCredits(page)
  await balance(page).and(page.locator('[data-credits="2110"]')).waitFor()
  await buy(person, page, '$25')
  await closeSettings(page)
  await queueCanvas(page, 1)
  for (const [index, prompt] of RUNS.entries()) await run(page, prompt, index + 2)
  await openCredits(page)
  await page.mouse.move(0, 0)
  // Wait for the last balance to show: the panel's event stream keeps the network busy for good.
  const [newest, balanceAfter] = [historyRows(page, 'run').first(), '.cc-cell-balance']
  await newest.locator(balanceAfter).filter({ hasText: /\d/ }).waitFor()
  await mkdir(dirname(PICTURE), { recursive: true })
  await page.screenshot({ path: PICTURE, animations: 'disabled' })
}

/** Writes the picture. Throws a Problem if it grew beyond what a README should load. */
export async function makePicture(): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'credits-picture-'))
  const sandbox = await startSandbox({ dataDir })
  const browser = await chromium.launch({ executablePath: findBrowser(), args: BROWSER_ARGS })
  try {
    const person = await browser.newContext({ viewport: VIEW, locale: 'en-US' })
    await person.addInitScript(TSX_HELPER)
    await takePicture(person, sandbox.urls.comfyui)
  } finally {
    await browser.close()
    await sandbox.close()
    await rm(dataDir, { recursive: true, force: true })
  }
  const { size } = await stat(PICTURE)
  if (size > BYTES_AT_MOST)
    throw new Problem(`${PICTURE} has ${size} bytes, more than ${BYTES_AT_MOST}.`)
  console.log(`${PICTURE}: ${Math.round(size / 1000)} kB`)
}
