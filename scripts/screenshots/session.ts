import type { Page, Route } from 'playwright-core'
import type { Sandbox } from '../../sandbox/start.ts'
import {
  balance,
  logIn,
  openComfy,
  openCredits,
  type TabName,
} from '../../tests/support/pages/comfy.ts'
import { popup } from '../../tests/support/pages/purchase.ts'
import type { View } from './views.ts'

/** What a scenario works with. `newPage` is a new person's page each time. */
export interface Session {
  readonly sandbox: Sandbox
  readonly hasWorkspaces: boolean
  /** When a run fails, this ComfyUI covers the settings with a dialog of its own. */
  readonly coversAtFailure: boolean
  readonly newPage: () => Promise<Page>
  readonly capture: (page: Page, state: string, views: readonly View[]) => Promise<void>
}

export type Scenario = (session: Session) => Promise<void>

/** The request that creates a payment page. */
export const CREATE = /\/customers\/credit$/

export const EVENTS = /\/customers\/events/

export const buyButton = (page: Page) =>
  popup(page).getByRole('button', { name: 'Buy', exact: true })

/** Holds back the response until the returned function is called. */
export async function delayResponse(page: Page, url: RegExp): Promise<() => Promise<void>> {
  const held: Route[] = []
  const delay = (route: Route): void => void held.push(route)
  await page.route(url, delay)
  return async () => {
    await page.unroute(url, delay)
    await Promise.all(held.map((route) => route.fallback()))
  }
}

export async function enter(session: Session, email: string): Promise<Page> {
  const page = await session.newPage()
  await openComfy(page, session.sandbox.urls.comfyui)
  await logIn(page, email)
  return page
}

export async function openPanel(page: Page, tab: TabName = 'Overview'): Promise<void> {
  await openCredits(page, tab)
  await balance(page).and(page.locator('[data-credits]')).waitFor()
}
