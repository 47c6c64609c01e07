import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser } from 'playwright-core'
import { Problem } from '../sandbox/problem.ts'
import { startSandbox } from '../sandbox/start.ts'
import { overflowing } from '../tests/support/pages/looks.ts'
import { BROWSER_ARGS, findBrowser, TSX_HELPER } from './browser.ts'
import { readHosts } from './hosts.ts'
import { cutTexts } from './screenshots/cut-texts.ts'
import { writeGallery, type Screenshot } from './screenshots/gallery.ts'
import { scenarios } from './screenshots/scenarios.ts'
import type { Scenario, Session } from './screenshots/session.ts'
import { WINDOW } from './screenshots/views.ts'

const FOLDER = 'shots'

/** Takes screenshots of the scenarios with these names, or of all, and writes the gallery. */
export async function takeScreenshots(hosts: string, names: readonly string[]): Promise<void> {
  const versions = readHosts(hosts)
  const chosen = names.length > 0 ? names.map(scenario) : Object.values(scenarios)
  await mkdir(FOLDER, { recursive: true })
  const taken: Screenshot[] = []
  const browser = await chromium.launch({ executablePath: findBrowser(), args: BROWSER_ARGS })
  try {
    for (const version of versions)
      for (const run of chosen) await captureScenario(browser, version, run, taken)
  } finally {
    await browser.close()
    await writeGallery(FOLDER, taken)
  }
  console.log(`${taken.length} screenshots: ${join(FOLDER, 'index.html')}`)
}

function scenario(name: string): Scenario {
  const found = scenarios[name]
  if (found) return found
  const known = Object.keys(scenarios).join(', ')
  throw new Problem(`There is no scenario "${name}". --scenarios takes some of ${known}.`)
}

/** Each scenario has a sandbox of its own: the runs of others would be in its history and its limits. */
async function captureScenario(
  browser: Browser,
  version: string,
  run: Scenario,
  taken: Screenshot[],
): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'credits-screenshots-'))
  const sandbox = await startSandbox({ dataDir, frontendVersion: version })
  const minor = Number(version.split('.')[1])
  try {
    await run({
      sandbox,
      hasWorkspaces: minor >= 58,
      coversAtFailure: minor < 45,
      newPage: async () => {
        const person = await browser.newContext({ viewport: WINDOW, locale: 'en-US' })
        await person.addInitScript(TSX_HELPER)
        return person.newPage()
      },
      capture: captureInto(taken, version),
    })
  } finally {
    await sandbox.close()
    await rm(dataDir, { recursive: true, force: true })
  }
}

/** Takes the screenshots, and names what sticks out of the panel in them or cannot be read whole. */
function captureInto(taken: Screenshot[], version: string): Session['capture'] {
  return async (page, state, views) => {
    for (const { name, enter, leave } of views) {
      if (await enter(page)) {
        await page.mouse.move(0, 0)
        const file = `${version}-${state}-${name}.png`
        await page.screenshot({ path: join(FOLDER, file), animations: 'disabled' })
        taken.push({ version, state, view: name, file })
        const found = (await overflowing(page)).map((element) => `too wide: ${element}`)
        for (const line of [...found, ...(await cutTexts(page))])
          console.log(`${version} ${state} ${name}: ${line}`)
      }
      await leave(page)
    }
  }
}
