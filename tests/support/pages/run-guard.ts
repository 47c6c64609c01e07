import type { Page, Worker } from 'playwright-core'

interface HostStore {
  mode?: string
  readonly $patch: (state: object) => void
}

/** What the open workflow will cost, beside Run. */
export const estimate = (page: Page) => page.locator('button[aria-label^="Estimated cost"]')
/** The question before a run that the credits do not cover. */
export const question = (page: Page) => page.getByRole('alertdialog')
/** By its attribute or class: an icon or a menu may be in its accessible name. */
export const runButton = (page: Page) =>
  page.locator('[data-testid="queue-button"], .comfyui-queue-button > button').first()

/**
 * It is loaded after the login, and runs go on until then. Its first estimate loads what evaluates
 * prices, which takes a busy machine longer than a run waits; the next ones are quick.
 */
export async function guardIsThere(page: Page): Promise<void> {
  const isOurs = (worker: Worker): boolean => worker.url().includes('browser-worker')
  if (!page.workers().some(isOurs)) await page.waitForEvent('worker', isOurs)
  await page.locator('button[aria-label^="Credits: "]').getByText(/\d/).waitFor()
  await estimate(page).filter({ hasText: /\d/ }).waitFor()
}

export function autoQueueMode(page: Page): Promise<string | undefined> {
  return page.evaluate(() => {
    const manager: unknown = window.comfyAPI?.app.app.extensionManager
    const { _p } = manager as { readonly _p: { readonly _s: ReadonlyMap<string, HostStore> } }
    return _p._s.get('queueSettingsStore')?.mode
  })
}

/** As its menu does it. */
export function setAutoQueue(page: Page, mode: string): Promise<void> {
  return page.evaluate((wanted) => {
    const manager: unknown = window.comfyAPI?.app.app.extensionManager
    const { _p } = manager as { readonly _p: { readonly _s: ReadonlyMap<string, HostStore> } }
    const settings = _p._s.get('queueSettingsStore')
    if (settings) settings.mode = wanted
  }, mode)
}

/** As when a run of the server has ended: what the host's auto-queue waits for. */
export function emptyQueue(page: Page): Promise<void> {
  return page.evaluate(() => {
    const manager: unknown = window.comfyAPI?.app.app.extensionManager
    const { _p } = manager as { readonly _p: { readonly _s: ReadonlyMap<string, HostStore> } }
    for (const count of [1, 0]) _p._s.get('queuePendingTaskCount')?.$patch({ count })
  })
}

/** What the host sends when the person has changed the graph; the name is another since 1.50. */
export function changeGraph(page: Page): Promise<void> {
  return page.evaluate(() => {
    const app: unknown = window.comfyAPI?.app.app
    const { api } = app as { readonly api: EventTarget }
    for (const type of ['graphChanged', 'autoQueueGraphChanged']) {
      api.dispatchEvent(new CustomEvent(type, { detail: {} }))
    }
  })
}

/** Another extension's wrapper around what we wrap too. */
export function wrapQueuePrompt(page: Page): Promise<void> {
  return page.evaluate(() => {
    const host: unknown = window.comfyAPI?.app.app
    const app = host as { queuePrompt: (...given: unknown[]) => Promise<unknown> }
    const { queuePrompt } = app
    app.queuePrompt = function wrapped(...given) {
      document.body.dataset['wrapped'] = String(Number(document.body.dataset['wrapped'] ?? 0) + 1)
      return queuePrompt.apply(this, given)
    }
  })
}

export const wrapped = (page: Page): Promise<number> =>
  page.evaluate(() => Number(document.body.dataset['wrapped'] ?? 0))
