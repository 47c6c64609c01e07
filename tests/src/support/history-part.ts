import type { Component } from 'vue'
import { mountRoot } from './view.ts'

interface Mounted {
  readonly element: HTMLElement
  readonly unmount: () => void
}

/** A part of the history by itself, with the stores and texts of a panel around it; nobody asks. */
export function mountPart(part: Component, props: Record<string, unknown>): Mounted {
  const root = mountRoot(part, { props, texts: 'history' })
  const element: unknown = root.element.parentElement
  if (!(element instanceof HTMLElement)) throw new Error('The part is not in the document')
  return { element, unmount: () => root.unmount() }
}
