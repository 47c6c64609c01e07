/** The main job in one build of each minor version of ComfyUI's frontend, as a table. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser, type Page } from 'playwright-core'
import { ensureFrontend } from '../sandbox/frontend/ensure.ts'
import { Problem } from '../sandbox/problem.ts'
import { startSandbox } from '../sandbox/start.ts'
import {
  balance,
  closeSettings,
  creditsEntry,
  creditsPanel,
  historyRows,
  logIn,
  logOut,
  openComfy,
  openCredits,
  openSettings,
  runCommand,
  switchGuardOff,
  settingsEntries,
} from '../tests/support/pages/comfy.ts'
import { closePopup, popup } from '../tests/support/pages/purchase.ts'
import { BROWSER_ARGS, findBrowser, TSX_HELPER } from './browser.ts'

/**
 * The newest build of each minor version that was published, and 1.40.0, whose settings dialog is
 * another one. 1.56 was never published.
 */
const VERSIONS = [
  '1.40.0',
  '1.40.10',
  '1.41.21',
  '1.42.15',
  '1.43.18',
  '1.44.19',
  '1.45.21',
  '1.46.15',
  '1.47.12',
  '1.48.7',
  '1.49.6',
  '1.50.6',
  '1.51.10',
  '1.52.7',
  '1.53.10',
  '1.54.12',
  '1.55.18',
  '1.57.5',
  '1.58.1',
] as const

type Step = readonly [name: string, run: (page: Page, url: string) => Promise<void>]

/** In order, on one page: each goes on where the one before has stopped. */
const STEPS: readonly Step[] = [
  [
    'login, one entry',
    async (page, url) => {
      await openComfy(page, url)
      await logIn(page, 'user@example.com')
      await openSettings(page)
      await creditsEntry(page).waitFor()
      const named = settingsEntries(page, ':visible').filter({ hasText: /^\s*credits\s*$/i })
      const count = await named.count()
      if (count !== 1) throw new Error(`${count} entries are named Credits.`)
    },
  ],
  [
    'balance',
    async (page) => {
      await openCredits(page)
      await balance(page).and(page.locator('[data-credits="2110"]')).waitFor()
    },
  ],
  [
    'cost of a run',
    async (page) => {
      await closeSettings(page)
      await runCommand(page, 'Comfy.QueuePrompt')
      await openCredits(page)
      await historyRows(page, 'run').and(page.locator('[data-credits="-12.66"]')).waitFor()
    },
  ],
  [
    'refused run',
    async (page) => {
      await logOut(page)
      await logIn(page, 'negative@example.com')
      await switchGuardOff(page)
      await runCommand(page, 'Comfy.QueuePrompt')
      await popup(page).getByText('A run was stopped').waitFor()
      await creditsPanel(page).waitFor()
      await closePopup(page)
    },
  ],
  [
    'logout',
    async (page) => {
      await logOut(page)
      await creditsEntry(page).waitFor({ state: 'detached' })
    },
  ],
]

/** Prints the table, line by line as it is known. Throws a Problem if any cell of it failed. */
export async function checkAllHosts(versions: readonly string[] = VERSIONS): Promise<void> {
  const names = STEPS.map(([name]) => name)
  console.log(['frontend', ...names].join('  '))
  const failures: string[] = []
  const browser = await chromium.launch({ executablePath: findBrowser(), args: BROWSER_ARGS })
  try {
    for (const version of versions) {
      const reason = await firstFailure(browser, version)
      const failed = reason === null ? names.length : reason.step
      const cells = names.map((name, step) => mark(step, failed).padEnd(name.length))
      console.log([version.padEnd('frontend'.length), ...cells].join('  ').trimEnd())
      if (reason) failures.push(`${version}, ${names[reason.step]}: ${reason.why}`)
    }
  } finally {
    await browser.close()
  }
  if (failures.length > 0) throw new Problem(failures.join('\n'))
}

function mark(step: number, failed: number): string {
  if (step === failed) return '✗'
  return step < failed ? '✓' : '–'
}

interface Failure {
  readonly step: number
  readonly why: string
}

/** On a sandbox and in a browser profile of its own. */
async function firstFailure(browser: Browser, version: string): Promise<Failure | null> {
  const frontend = await ensureFrontend(version)
  const dataDir = await mkdtemp(join(tmpdir(), 'credits-host-smoke-'))
  const sandbox = await startSandbox({
    dataDir,
    frontendVersion: frontend.version,
    frontendDir: frontend.dir,
  })
  const person = await browser.newContext({ locale: 'en-US' })
  try {
    await person.addInitScript(TSX_HELPER)
    return await play(await person.newPage(), sandbox.urls.comfyui)
  } finally {
    await person.close()
    await sandbox.close()
    await rm(dataDir, { recursive: true, force: true })
  }
}

/** What we report in the console fails the step in which it is said. */
async function play(page: Page, url: string): Promise<Failure | null> {
  const warnings: string[] = []
  page.on('console', (message) => {
    if (message.text().startsWith('ComfyUI Credits:')) warnings.push(message.text())
  })
  for (const [step, [, run]] of STEPS.entries()) {
    try {
      await run(page, url)
    } catch (error) {
      return { step, why: String(error).split('\n', 1).join() }
    }
    if (warnings.length > 0) return { step, why: warnings.join(' ') }
  }
  return null
}
