// In this order, and before any test takes the databases away: Dexie looks for them once, when it is
// loaded. Without them no live query of this worker ever runs, whichever file asks for it.
import 'fake-indexeddb/auto'
import 'dexie'
import { IDBFactory } from 'fake-indexeddb'
import { afterEach, vi } from 'vitest'

/**
 * All files with a DOM share a window, so what one test leaves in it would reach other files. This
 * runs after the test's own hooks.
 */
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
  document.head.replaceChildren()
  document.body.replaceChildren()
  localStorage.clear()
  sessionStorage.clear()
  window.indexedDB = new IDBFactory()
})
