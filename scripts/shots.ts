/** Pictures of the panel's states on each frontend and in each palette, to be looked at: shots/. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { chromium, type Browser, type Page } from 'playwright-core'
import { startSandbox, type Sandbox } from '../sandbox/start.ts'
import {
  balance,
  creditsPanel,
  historyRows,
  logIn,
  openComfy,
  openCredits,
  runCommand,
} from '../tests/e2e/support/comfy.ts'
import { overflowing, PALETTES, setPalette, setSetting } from '../tests/e2e/support/looks.ts'
import { choose, closePopup, popup } from '../tests/e2e/support/purchase.ts'
import { BROWSER_ARGS, findBrowser, TSX_HELPER } from './browser.ts'
import { readHosts } from './hosts.ts'
import { runScript } from './run-script.ts'

const FOLDER = 'shots'
const VIEW = { width: 1280, height: 860 }
/** Of the browser's window; ComfyUI's pane beside the entries is about 280 px narrower. */
const NARROW = { width: 900, height: 860 }

/** Writes a picture of the page, and says what sticks out of the panel in it. */
type Shoot = (page: Page, state: string) => Promise<void>

function shooter(version: string): Shoot {
  return async (page, state) => {
    await page.mouse.move(0, 0)
    await page.screenshot({
      path: join(FOLDER, `${version}-${state}.png`),
      animations: 'disabled',
    })
    for (const element of await overflowing(page))
      console.log(`${version} ${state}: too wide is ${element}`)
  }
}

async function inEachPalette(page: Page, state: string, shoot: Shoot): Promise<void> {
  for (const palette of PALETTES) {
    await setPalette(page, palette)
    await shoot(page, `${state}-${palette}`)
  }
  await setPalette(page, 'dark')
}

async function openAs(browser: Browser, url: string, email: string): Promise<Page> {
  const person = await browser.newContext({ viewport: VIEW, locale: 'en-US' })
  await person.addInitScript(TSX_HELPER)
  const page = await person.newPage()
  await openComfy(page, url)
  await logIn(page, email)
  await openCredits(page)
  await balance(page).and(page.locator('[data-credits]')).waitFor()
  return page
}

async function shootAccounts(browser: Browser, url: string, shoot: Shoot): Promise<void> {
  for (const [state, email] of [
    ['negative', 'negative@example.com'],
    ['empty', 'team@example.com'],
  ] as const) {
    const page = await openAs(browser, url, email)
    await inEachPalette(page, state, shoot)
    await page.context().close()
  }
}

async function shootUse(page: Page, sandbox: Sandbox, shoot: Shoot): Promise<void> {
  await runCommand(page, 'Comfy.QueuePrompt')
  await historyRows(page, 'run').and(page.locator('[data-status="succeeded"]')).waitFor()
  await inEachPalette(page, 'usual', shoot)
  await shootSizesAndLanguages(page, 'usual', shoot)

  await choose(page, '$25')
  await inEachPalette(page, 'popup', shoot)
  await shootSizesAndLanguages(page, 'popup', shoot)
  const opened = page.context().waitForEvent('page')
  await popup(page).getByRole('button', { name: 'Buy', exact: true }).click()
  const payment = await opened
  await popup(page).getByText('Waiting for your payment').waitFor()
  await inEachPalette(page, 'waiting', shoot)
  await closePopup(page)
  await shoot(page, 'pending-dark')
  await payment.getByRole('button', { name: /^Pay/ }).click()
  await creditsPanel(page).getByText('Credits added').first().waitFor()
  await inEachPalette(page, 'credited', shoot)

  await sandbox.credits.kill()
  await page.getByRole('button', { name: 'Refresh balance' }).click()
  await creditsPanel(page).getByRole('alert').first().waitFor()
  await inEachPalette(page, 'offline', shoot)
}

/** A narrow window, text twice as large, Chinese, and from right to left. */
async function shootSizesAndLanguages(page: Page, state: string, shoot: Shoot): Promise<void> {
  await page.setViewportSize(NARROW)
  await shoot(page, `${state}-narrow`)
  await page.setViewportSize(VIEW)
  await page.evaluate(() => document.documentElement.style.setProperty('font-size', '200%'))
  await shoot(page, `${state}-large-text`)
  await page.evaluate(() => document.documentElement.style.removeProperty('font-size'))
  await setSetting(page, 'Comfy.Locale', 'zh')
  await page.locator('.comfyui-credits[lang="zh"]').waitFor()
  await shoot(page, `${state}-chinese`)
  await setSetting(page, 'Comfy.Locale', 'en')
  const panel = page.locator('.comfyui-credits[lang="en"]')
  await panel.evaluate((root) => root.setAttribute('dir', 'rtl'))
  await shoot(page, `${state}-right-to-left`)
  await panel.evaluate((root) => root.setAttribute('dir', 'ltr'))
}

async function shootHost(browser: Browser, version: string): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'credits-shots-'))
  const sandbox = await startSandbox({ dataDir, frontendVersion: version })
  const shoot = shooter(version)
  try {
    await shootAccounts(browser, sandbox.urls.comfyui, shoot)
    const page = await openAs(browser, sandbox.urls.comfyui, 'user@example.com')
    await shootUse(page, sandbox, shoot)
    await page.context().close()
  } finally {
    await sandbox.close()
    await rm(dataDir, { recursive: true, force: true })
  }
}

await runScript(async () => {
  const { values } = parseArgs({ options: { hosts: { type: 'string', default: 'all' } } })
  const versions = readHosts(values.hosts)
  await mkdir(FOLDER, { recursive: true })
  const browser = await chromium.launch({ executablePath: findBrowser(), args: BROWSER_ARGS })
  try {
    for (const version of versions) {
      await shootHost(browser, version)
      console.log(`${version}: in ${FOLDER}/`)
    }
  } finally {
    await browser.close()
  }
})
