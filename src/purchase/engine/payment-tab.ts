import style from './payment-tab.css?inline'

/** A browser tab held ready for an address that is not known yet. */
export interface PaymentTab {
  /** False when the person has closed it in the meantime. */
  readonly open: boolean
  go(url: string): void
  close(): void
}

/** What the tab shows until it has its address. */
export interface TabTexts {
  readonly message: string
  /** After ten seconds, with the way back. */
  readonly late: string
  readonly back: string
}

/**
 * Opens a tab that waits for its address. Call it in the click itself: a browser that would block a
 * tab opened after an await allows this one. Null when it is blocked all the same.
 */
export function reserveTab(texts: TabTexts): PaymentTab | null {
  const tab = window.open('', '_blank')
  if (tab === null || tab.closed) return null
  // The payment page must not reach back into ComfyUI.
  tab.opener = null
  fill(tab, texts)
  return {
    get open() {
      return !tab.closed
    },
    go: (url) => tab.location.replace(url),
    close: () => tab.close(),
  }
}

function fill(tab: Window, { message, late, back }: TabTexts): void {
  const { document } = tab
  const make = (name: string, textContent: string) =>
    Object.assign(document.createElement(name), { textContent })
  document.title = message
  document.head.append(make('style', style))
  const way = Object.assign(document.createElement('a'), {
    textContent: back,
    href: window.location.href,
  })
  // ComfyUI is in the tab beside it. If that is gone meanwhile, so is this listener.
  way.addEventListener('click', (event) => {
    event.preventDefault()
    tab.close()
  })
  const lines = document.createElement('div')
  lines.dataset['late'] = ''
  lines.append(make('p', late), way)
  document.body.append(make('p', message), lines)
}
