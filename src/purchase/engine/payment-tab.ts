/** A browser tab held ready for an address that is not known yet. */
export interface PaymentTab {
  /** False when the person has closed it in the meantime. */
  readonly open: boolean
  go(url: string): void
  close(): void
}

/**
 * Opens an empty tab. Call it in the click itself: a browser that would block a tab opened after
 * an await allows this one. Null when it is blocked all the same. `message` is shown meanwhile.
 */
export function reserveTab(message: string): PaymentTab | null {
  const tab = window.open('', '_blank')
  if (tab === null || tab.closed) return null
  // The payment page must not reach back into ComfyUI.
  tab.opener = null
  tab.document.title = message
  tab.document.body.textContent = message
  return {
    get open() {
      return !tab.closed
    },
    go: (url) => tab.location.replace(url),
    close: () => tab.close(),
  }
}
