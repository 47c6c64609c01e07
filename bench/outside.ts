import { setTimeout } from 'node:timers/promises'
import type { Browser, BrowserContext } from 'playwright-core'
import type { Sandbox } from '../sandbox/start.ts'
import { routeByDriver } from '../sandbox/network-mock/by-driver.ts'
import { TSX_HELPER } from '../scripts/browser.ts'
import { logIn, openComfy } from '../tests/support/pages/comfy.ts'

export type StorageState = Awaited<ReturnType<BrowserContext['storageState']>>

/** How long every answer of the credits API takes; can change while a page is open. */
export interface ApiDelay {
  milliseconds: number
}

/**
 * A new profile with an empty cache, which reaches only the sandbox. The browser's driver forwards its
 * requests, because the service worker that a person's browser uses would count in the measurement.
 * `storage` is a profile's stored state (see Playwright's `storageState`).
 */
export async function newProfile(
  browser: Browser,
  sandbox: Sandbox,
  delay: ApiDelay,
  storage?: StorageState,
): Promise<BrowserContext> {
  const context = await browser.newContext({
    viewport: { width: 1400, height: 900 },
    locale: 'en-US',
    ...(storage ? { storageState: storage } : {}),
  })
  await context.addInitScript(TSX_HELPER)
  await routeByDriver(context, sandbox.networkMock, sandbox.urls.comfyui, async ({ hostname }) => {
    if (hostname.endsWith('.comfy.org')) await setTimeout(delay.milliseconds)
  })
  return context
}

/** A profile's stored login, so that a measurement need not log in each time. */
export async function loginOf(
  browser: Browser,
  sandbox: Sandbox,
  email: string,
): Promise<StorageState> {
  const context = await newProfile(browser, sandbox, { milliseconds: 0 })
  const page = await context.newPage()
  await openComfy(page, sandbox.urls.comfyui)
  await logIn(page, email)
  const storage = await context.storageState({ indexedDB: true })
  await context.close()
  return storage
}
