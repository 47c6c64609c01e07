/** Pictures of the panel's states on each frontend, seen in several ways, to be looked at: shots/. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { chromium, type Browser } from 'playwright-core'
import { Problem } from '../sandbox/problem.ts'
import { startSandbox } from '../sandbox/start.ts'
import { overflowing } from '../tests/e2e/support/looks.ts'
import { BROWSER_ARGS, findBrowser, TSX_HELPER } from './browser.ts'
import { readHosts } from './hosts.ts'
import { runScript } from './run-script.ts'
import { writeAlbum, type Shot } from './shots/album.ts'
import { stories } from './shots/stories.ts'
import type { Story, Studio } from './shots/studio.ts'
import { WINDOW } from './shots/views.ts'

const FOLDER = 'shots'

/** Takes each picture, and says what sticks out of the panel in it. */
function camera(version: string, shots: Shot[]): Studio['shoot'] {
  return async (page, state, views) => {
    for (const { name, look, leave } of views) {
      if (await look(page)) {
        await page.mouse.move(0, 0)
        const file = `${version}-${state}-${name}.png`
        await page.screenshot({ path: join(FOLDER, file), animations: 'disabled' })
        shots.push({ version, state, view: name, file })
        for (const element of await overflowing(page))
          console.log(`${version} ${state} ${name}: too wide is ${element}`)
      }
      await leave(page)
    }
  }
}

async function shootHost(
  browser: Browser,
  version: string,
  told: readonly Story[],
  shots: Shot[],
): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'credits-shots-'))
  const sandbox = await startSandbox({ dataDir, frontendVersion: version })
  const minor = Number(version.split('.')[1])
  const studio: Studio = {
    sandbox,
    hasWorkspaces: minor >= 58,
    coversAtFailure: minor < 45,
    newPage: async () => {
      const person = await browser.newContext({ viewport: WINDOW, locale: 'en-US' })
      await person.addInitScript(TSX_HELPER)
      return person.newPage()
    },
    shoot: camera(version, shots),
  }
  try {
    for (const story of told) await story(studio)
  } finally {
    await sandbox.close()
    await rm(dataDir, { recursive: true, force: true })
  }
}

await runScript(async () => {
  const { values } = parseArgs({
    options: {
      hosts: { type: 'string', default: 'all' },
      stories: { type: 'string', default: Object.keys(stories).join() },
    },
  })
  const versions = readHosts(values.hosts)
  const told = values.stories.split(',').map((name) => {
    const story = stories[name]
    if (!story) throw new Problem(`--stories takes some of ${Object.keys(stories).join()}.`)
    return story
  })
  await mkdir(FOLDER, { recursive: true })
  const shots: Shot[] = []
  const browser = await chromium.launch({ executablePath: findBrowser(), args: BROWSER_ARGS })
  try {
    for (const version of versions) await shootHost(browser, version, told, shots)
  } finally {
    await browser.close()
    await writeAlbum(FOLDER, shots)
  }
  console.log(`${shots.length} pictures: ${join(FOLDER, 'index.html')}`)
})
