import { onScopeDispose } from 'vue'
import { EMPTY_PAGE, fillPage, type PrintCell, type PrintPage } from './print-page.ts'
import { inPieces } from './chunked-writer.ts'
import type { How, Progress } from './use-download.ts'

const KEPT_FOR_MS = 60_000

/**
 * Prints a page of its own, from a frame inside `place` that nobody sees: a window could be blocked,
 * and the host's page would print with all that is around the list. It is taken away when it has
 * been printed, and in any case with the panel.
 */
export function usePrint(place: () => HTMLElement | null) {
  let frame: HTMLIFrameElement | null = null
  let leaving: ReturnType<typeof setTimeout> | undefined

  function remove(): void {
    clearTimeout(leaving)
    frame?.remove()
    frame = null
  }
  onScopeDispose(remove)

  async function print<T>(
    page: PrintPage,
    rows: readonly T[],
    cells: (row: T) => readonly PrintCell[],
    how: How,
  ): Promise<Progress> {
    remove()
    frame = hiddenFrame()
    await loaded(frame, place())
    how.signal.throwIfAborted()
    const { contentDocument, contentWindow } = frame
    if (!contentDocument || !contentWindow) return { state: 'failed' }
    const { addRow } = fillPage(contentDocument, page)
    await inPieces(rows, (some) => some.forEach((row) => addRow(cells(row))), how).catch(
      (error: unknown) => {
        remove()
        throw error
      },
    )
    contentWindow.addEventListener('afterprint', remove)
    // Not every browser says when it is done; by then it has at least taken what it prints.
    leaving = setTimeout(remove, KEPT_FOR_MS)
    contentWindow.focus()
    contentWindow.print()
    return { state: 'printed' }
  }

  return print
}

/** Resolves once the frame has its page; at once where there is no place for it. */
function loaded(frame: HTMLIFrameElement, place: HTMLElement | null): Promise<void> {
  return new Promise((resolve) => {
    if (place === null) resolve()
    frame.addEventListener('load', () => resolve(), { once: true })
    place?.append(frame)
  })
}

/** Laid out as it prints, so it may not be `display: none`. */
function hiddenFrame(): HTMLIFrameElement {
  const frame = document.createElement('iframe')
  frame.srcdoc = EMPTY_PAGE
  frame.setAttribute('aria-hidden', 'true')
  frame.tabIndex = -1
  frame.className = 'cc-print-frame'
  return frame
}
