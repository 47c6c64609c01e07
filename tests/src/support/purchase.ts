import { vi } from 'vitest'
import type { Purchase } from '../../../src/purchase/engine/flow.ts'

/** A tab that was opened for a payment page: where it was led, and whether it was closed. */
export interface FakeTab {
  readonly urls: string[]
  closed: boolean
}

/** Every `window.open` from now on adds to `tabs`; while `isBlocked`, the browser opens none. */
export function fakeTabs(tabs: FakeTab[], isBlocked: () => boolean = () => false): void {
  vi.spyOn(window, 'open').mockImplementation(() => {
    if (isBlocked()) return null
    const tab = {
      urls: [] as string[],
      closed: false,
      opener: window,
      document: document.implementation.createHTMLDocument(''),
      location: { replace: (url: string) => tab.urls.push(url) },
      close: () => {
        tab.closed = true
      },
    }
    tabs.push(tab)
    return tab as unknown as Window
  })
}

/** 25 USD on a payment page of which nothing is known yet. */
export function newPurchase(attempt: string): Purchase {
  return {
    attempt,
    way: 'page',
    usdMicros: 25_000_000,
    beforeUsdMicros: 10_000_000,
    startedAt: Date.now(),
    card: null,
    checkoutUrl: null,
    sessionId: null,
    operationId: null,
    earlierEventIds: [],
  }
}
