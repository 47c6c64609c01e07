import { PanelAccount } from '../account.ts'
import type { PanelState, Stage } from './state.ts'

/** Pages of their own, which take the place of the development page. */
export const pageStates: Readonly<Record<string, PanelState>> = {
  printed: {
    account: () => new PanelAccount(9.94),
    runs: 40,
    tab: 'history',
    next: showPrinted,
  },
  returned: { next: ({ host }) => showReturned('success', host.locale()) },
  'returned-cancelled': { next: ({ host }) => showReturned('cancelled', host.locale()) },
}

async function showPrinted({ press }: Stage): Promise<void> {
  const printed = untilPrinted()
  await press('.cc-tools > span:nth-of-type(3) button')
  await press('.cc-out-actions .cc-button:last-child')
  showInstead(await printed)
}

/** What the panel would have printed, without the browser's window for it. */
function untilPrinted(): Promise<Document> {
  return new Promise((resolve) => {
    const takePrint = ({ target }: Event): void => {
      const isPrinted = target instanceof HTMLIFrameElement && target.matches('.cc-print-frame')
      const { contentDocument, contentWindow } = isPrinted
        ? target
        : { contentDocument: null, contentWindow: null }
      if (contentDocument && contentWindow) contentWindow.print = () => resolve(contentDocument)
    }
    // Before the panel hears of its frame, and fills it.
    document.addEventListener('load', takePrint, { capture: true })
  })
}

async function showReturned(checkout: string, lang: string): Promise<void> {
  const answer = await fetch('/return.html')
  showInstead(new DOMParser().parseFromString(await answer.text(), 'text/html'))
  const address = new URL(window.location.href)
  address.searchParams.set('checkout', checkout)
  address.searchParams.set('lang', lang)
  window.history.replaceState(null, '', address)
  // It would, where the tab has shown nothing else before.
  window.close = () => {}
  await import('../../../src/purchase/return/return.ts')
}

function showInstead(page: Document): void {
  document.documentElement.replaceWith(document.importNode(page.documentElement, true))
}
