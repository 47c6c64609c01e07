import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { inject } from 'vitest'
import { BROWSER_ARGS, findBrowser } from '../../../scripts/browser.ts'
import { ensureFrontend } from '../../../sandbox/frontend/ensure.ts'
import { startSandbox, type Sandbox, type SandboxSettings } from '../../../sandbox/start.ts'

/** The ComfyUI frontend these tests drive; scripts/test.ts runs them once for each of HOSTS. */
export const hostVersion = process.env['E2E_HOST_VERSION'] ?? '1.58.1'

export interface World {
  readonly sandbox: Sandbox
  readonly browser: Browser
  /** A browser profile of its own: no login, no storage. */
  newPerson(): Promise<BrowserContext>
  close(): Promise<void>
}

/** A whole sandbox on data of its own, and a real Chromium. */
export async function openWorld(settings: Pick<SandboxSettings, 'contract'> = {}): Promise<World> {
  const dataDir = await mkdtemp(join(tmpdir(), 'credits-e2e-'))
  await cp(inject('seededData'), dataDir, { recursive: true })
  const frontend = await ensureFrontend(hostVersion)
  const sandbox = await startSandbox({
    port: 0,
    frontendVersion: frontend.version,
    frontendDir: frontend.dir,
    dataDir,
    ...settings,
  })
  const browser = await chromium.launch({
    executablePath: findBrowser(),
    args: BROWSER_ARGS,
  })
  return {
    sandbox,
    browser,
    newPerson: () =>
      browser.newContext({ viewport: { width: 1400, height: 900 }, locale: 'en-US' }),
    async close() {
      await browser.close()
      await sandbox.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** What went wrong in the page itself; a test ends by asking that this is empty. */
export function watchErrors(page: Page): string[] {
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.stack ?? error.message))
  return errors
}
