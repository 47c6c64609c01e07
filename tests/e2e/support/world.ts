import { randomBytes } from 'node:crypto'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { inject } from 'vitest'
import { usdMicrosFromUsd } from '@comfyui-credits/contract/money'
import { BROWSER_ARGS, findBrowser } from '../../../scripts/browser.ts'
import { openDataFolder } from '../../../sandbox/data-folder.ts'
import { ensureFrontend } from '../../../sandbox/frontend/ensure.ts'
import { seedUsers } from '../../../sandbox/identity/users.ts'
import { creditsDataDir } from '../../../sandbox/processes.ts'
import { startSandbox, type Sandbox, type SandboxSettings } from '../../../sandbox/start.ts'
import { routeByDriver } from '../../../sandbox/network-mock/by-driver.ts'
import { openAdmin } from '../../../service/admin.ts'

/** The ComfyUI frontend that these tests drive; `npm test` runs them once for each of HOSTS. */
export const hostVersion = process.env['E2E_HOST_VERSION'] ?? '1.58.1'

/**
 * `E2E_ORIGIN=plain-http`: opens ComfyUI as another machine on the network does, by name over http.
 * Such a page is not a secure context: it has no locks, no clipboard and no service workers.
 */
export const overPlainHttp = readOrigin(process.env['E2E_ORIGIN']) === 'plain-http'
const PLAIN_HOST = 'comfy.test'

/** How a person's browser is set up. */
const PERSON = { viewport: { width: 1400, height: 900 }, locale: 'en-US' } as const

function readOrigin(origin = 'local'): 'local' | 'plain-http' {
  if (origin === 'local' || origin === 'plain-http') return origin
  throw new Error(`E2E_ORIGIN is "${origin}". It takes \`local\` or \`plain-http\`.`)
}

export interface World {
  /** `urls.comfyui` is where the tests open it, by name over plain http. */
  readonly sandbox: Sandbox
  /** The keys of `keysOf`; user@example.com has one from the sandbox. */
  readonly keys: ReadonlyMap<string, string>
  readonly browser: Browser
  /** A browser profile of its own: no login, no storage. */
  newPerson(): Promise<BrowserContext>
  /** A browser of its own, with the profile of this name on the disk. */
  startBrowser(profile: string): Promise<BrowserContext>
  close(): Promise<void>
}

/** Runs take long enough for a page to follow them. */
const PACE = { jobMs: 300, pollEveryMs: 200 } as const

interface WorldSettings extends Pick<
  SandboxSettings,
  'contract' | 'usageEvents' | 'embedded' | 'reconcileSeconds' | 'withNetworkMock'
> {
  /** Who gets an API key too, by e-mail. */
  readonly keysOf?: readonly string[]
  /** Who gets more than the sandbox gives, by e-mail. */
  readonly extraUsd?: Readonly<Record<string, number>>
}

/** A whole sandbox on data of its own, and people of its own in a real Chromium. */
export async function openWorld(wanted: WorldSettings = {}): Promise<World> {
  const { keysOf = [], extraUsd = {}, ...settings } = wanted
  const dataDir = await mkdtemp(join(tmpdir(), 'credits-e2e-'))
  await cp(inject('seededData'), dataDir, { recursive: true })
  const keys = await prepareAccounts(dataDir, keysOf, Object.entries(extraUsd))
  const frontend = await ensureFrontend(hostVersion)
  // Without service workers the browser's driver forwards to the sandbox, unless a test decides.
  const { withNetworkMock = !overPlainHttp } = settings
  const started = await startSandbox({
    port: 0,
    frontendVersion: frontend.version,
    frontendDir: frontend.dir,
    dataDir,
    pace: PACE,
    compiledDir: inject('compiledDir'),
    ...settings,
    withNetworkMock,
  })
  const sandbox = overPlainHttp ? byName(started) : started
  const browser = await browserOfWorker()
  const people: BrowserContext[] = []
  const led = async (person: BrowserContext): Promise<BrowserContext> => {
    people.push(person)
    if (!withNetworkMock) await routeByDriver(person, sandbox.networkMock, sandbox.urls.comfyui)
    return person
  }
  return {
    sandbox,
    browser,
    keys,
    newPerson: async () => led(await browser.newContext(PERSON)),
    startBrowser: async (profile) => {
      const folder = join(dataDir, 'profiles', profile)
      return led(await chromium.launchPersistentContext(folder, { ...program(), ...PERSON }))
    },
    async close() {
      // A person whom a test has closed closes once more without harm.
      await Promise.all(people.map((person) => person.close()))
      await sandbox.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

function program() {
  return {
    executablePath: findBrowser(),
    args: [...BROWSER_ARGS, `--host-resolver-rules=MAP ${PLAIN_HOST} 127.0.0.1`],
  }
}

let running: Browser | null = null

/**
 * Outlives the world: files that a worker runs after one another have the same modules, and so this
 * browser, with people of their own. It ends with the worker.
 */
async function browserOfWorker(): Promise<Browser> {
  if (!running?.isConnected()) running = await chromium.launch(program())
  return running
}

function byName(sandbox: Sandbox): Sandbox {
  const { port } = new URL(sandbox.urls.comfyui)
  return { ...sandbox, urls: { ...sandbox.urls, comfyui: `http://${PLAIN_HOST}:${port}` } }
}

/** Before the sandbox starts, because its service locks its data. */
async function prepareAccounts(
  dataDir: string,
  keysOf: readonly string[],
  extraUsd: readonly (readonly [email: string, usd: number])[],
): Promise<ReadonlyMap<string, string>> {
  const keys = new Map<string, string>()
  if (keysOf.length + extraUsd.length === 0) return keys
  const data = await openDataFolder(dataDir)
  const admin = await openAdmin({ folder: creditsDataDir(data) })
  try {
    for (const email of keysOf) {
      const key = `comfyui-${randomBytes(32).toString('hex')}`
      await admin.createApiKey({ subject: subjectOf(email), key })
      keys.set(email, key)
    }
    for (const [email, usd] of extraUsd) {
      await admin.adjust({
        subject: subjectOf(email),
        email,
        usdMicros: usdMicrosFromUsd(usd),
        reference: `e2e:${email}`,
        reason: 'For a test',
      })
    }
    return keys
  } finally {
    await admin.close()
  }
}

function subjectOf(email: string): string {
  const subject = seedUsers.find((user) => user.email === email)?.id
  if (subject === undefined) throw new Error(`${email} is no user of the sandbox.`)
  return subject
}

/** Errors in the page itself; a test ends by expecting none. */
export function watchErrors(page: Page): string[] {
  const errors: string[] = []
  // A rejection by the browser itself has an empty stack.
  page.on('pageerror', (error) => errors.push(error.stack || error.message))
  return errors
}
