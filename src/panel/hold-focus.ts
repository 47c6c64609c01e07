/** So long the host's dialog may still be moving the focus to its own search field. */
const HELD_FOR_MS = 1000

/**
 * Focuses the element, and again when something other than the person takes the focus away while a
 * dialog is opening around it.
 */
export function holdFocus(element: HTMLElement): void {
  const focus = (): void => element.focus({ preventScroll: true })
  const held = new AbortController()
  const { signal } = held
  const release = (): void => held.abort()
  const taken = ({ target }: FocusEvent): void => {
    if (target !== element && element.isConnected) focus()
  }
  focus()
  document.addEventListener('focusin', taken, { signal })
  document.addEventListener('keydown', release, { signal, capture: true })
  document.addEventListener('pointerdown', release, { signal, capture: true })
  setTimeout(release, HELD_FOR_MS)
}
