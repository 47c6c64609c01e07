/** What scrolls the element: in ComfyUI's settings a pane of the host's, elsewhere the page. */
export function scrollerOf(element: Element): Element {
  for (let above = element.parentElement; above; above = above.parentElement) {
    if (/auto|scroll|overlay/.test(getComputedStyle(above).overflowY)) return above
  }
  return document.scrollingElement ?? document.documentElement
}

/** What scroll events go to: not to the page's own element. */
export function scrollTargetOf(scroller: Element): Element | Document {
  return scroller === document.scrollingElement ? document : scroller
}

/** How far below the beginning of what scrolls the element begins; CSS pixels. */
export function offsetIn(scroller: Element, element: Element): number {
  const top = scrollTargetOf(scroller) === scroller ? scroller.getBoundingClientRect().top : 0
  return element.getBoundingClientRect().top - top + scroller.scrollTop
}
