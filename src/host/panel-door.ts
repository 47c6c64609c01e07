import type { Host } from './port.ts'

export interface PanelDoor extends Pick<Host, 'openPanel'> {
  /** Says how the panel is opened. */
  panelOpensBy(open: Host['openPanel']): void
}

const closed = (): Promise<boolean> => Promise.resolve(false)

/** The entry point alone knows how the panel is opened, and it makes the host first. */
export function panelDoor(): PanelDoor {
  let open: Host['openPanel'] = closed
  return {
    panelOpensBy(by) {
      open = by
    },
    openPanel: () => open(),
  }
}
