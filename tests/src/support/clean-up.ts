// In this order, and before any test takes the databases away: Dexie looks for them once, when it is
// loaded. Without them no live query of this worker ever runs, whichever file asks for it.
import 'fake-indexeddb/auto'
import 'dexie'
import { IDBFactory } from 'fake-indexeddb'
import { afterAll, afterEach, vi } from 'vitest'

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

/**
 * A view's plugin begins to load what comes later. A file that ends before it is there would make that
 * import fail, for every file that this worker runs next.
 */
afterAll(() => vi.dynamicImportSettled())
