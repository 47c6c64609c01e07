/** So long the host's dialog may still be moving the focus to its own search field. */
const HELD_FOR_MS = 1000

/**
 * Focuses the element, and again when the host takes the focus out of our panel while its dialog is
 * opening around it. What the person or the panel itself moves it to keeps it.
 */
export function holdFocus(element: HTMLElement): void {
  const focus = (): void => element.focus({ preventScroll: true })
  const panel = element.closest('.comfyui-credits')
  const held = new AbortController()
  const { signal } = held
  const release = (): void => held.abort()
  const taken = ({ target }: FocusEvent): void => {
    if (target === element) return
    if (target instanceof Node && panel?.contains(target)) release()
    else if (element.isConnected) focus()
  }
  focus()
  document.addEventListener('focusin', taken, { signal })
  document.addEventListener('keydown', release, { signal, capture: true })
  document.addEventListener('pointerdown', release, { signal, capture: true })
  setTimeout(release, HELD_FOR_MS)
}
