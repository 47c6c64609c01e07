import type { Page, Route } from 'playwright-core'
import type { Sandbox } from '../../sandbox/start.ts'
import { balance, logIn, openComfy, openCredits } from '../../tests/e2e/support/comfy.ts'
import { popup } from '../../tests/e2e/support/purchase.ts'
import type { View } from './views.ts'

/** What a story needs: a sandbox, a fresh person's page each time it asks, and the camera. */
export interface Studio {
  readonly sandbox: Sandbox
  readonly hasWorkspaces: boolean
  /** At a failed run the host lays a dialog of its own over the settings. */
  readonly coversAtFailure: boolean
  readonly newPage: () => Promise<Page>
  readonly shoot: (page: Page, state: string, views: readonly View[]) => Promise<void>
}

export type Story = (studio: Studio) => Promise<void>

/** The call that makes a payment page. */
export const CREATE = /\/customers\/credit$/

export const buyButton = (page: Page) =>
  popup(page).getByRole('button', { name: 'Buy', exact: true })

/** An answer that never comes, until the returned function is called. */
export async function hold(page: Page, url: RegExp): Promise<() => Promise<void>> {
  const held: Route[] = []
  const keep = (route: Route): void => void held.push(route)
  await page.route(url, keep)
  return async () => {
    await page.unroute(url, keep)
    await Promise.all(held.map((route) => route.fallback()))
  }
}

export async function enter(studio: Studio, email: string): Promise<Page> {
  const page = await studio.newPage()
  await openComfy(page, studio.sandbox.urls.comfyui)
  await logIn(page, email)
  return page
}

export async function openPanel(page: Page): Promise<void> {
  await openCredits(page)
  await balance(page).and(page.locator('[data-credits]')).waitFor()
}
