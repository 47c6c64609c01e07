/**
 * What we keep in the browser: the last known balances, the payments made here and which tab asks
 * about them, in localStorage, all under names that begin with this; the payments once more in a
 * database of their own; and in another the runs made here and what the balances were. Whoever keeps
 * more, or elsewhere, makes it go here too.
 */
const PREFIX = 'comfyui-credits'

/** In IndexedDB (src/purchase/engine/purchase-database.ts). */
export const PURCHASES_DATABASE = `${PREFIX}-purchases`

/** In IndexedDB (src/run-archive). */
export const RUNS_DATABASE = `${PREFIX}-runs`

/** A name to keep something under. */
export function storedName(kind: string): string {
  return `${PREFIX}:${kind}:`
}

/**
 * Deletes it all, of every account that was used in this browser. Rejects with a DOMException where
 * storage is forbidden.
 */
export async function deleteStoredData(): Promise<void> {
  const storage = window.localStorage
  const names = Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? '')
  for (const name of names.filter((each) => each.startsWith(PREFIX))) storage.removeItem(name)
  await Promise.all([PURCHASES_DATABASE, RUNS_DATABASE].map(deleteDatabase))
}

/** Tabs that have it open are told, and let go of it. */
function deleteDatabase(name: string): Promise<void> {
  // Typed as always there; a browser may give a page none.
  const databases = window.indexedDB as IDBFactory | undefined
  if (!databases) return Promise.resolve()
  return new Promise((resolve, reject) => {
    const request = databases.deleteDatabase(name)
    request.addEventListener('success', () => resolve())
    request.addEventListener('error', () => reject(request.error ?? new DOMException()))
  })
}
