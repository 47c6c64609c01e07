import { asDomException } from './browser-storage.ts'

/**
 * What we store in the browser. In localStorage, under names that begin with this: the last known
 * balances, the payments made here, which tab polls their status, how the history is viewed, which tab
 * of the panel is open, whether the cost notification was offered, how long runs are stored, what each
 * tab has queued and not finished, and the limits with the runs they stopped and their alerts. In one
 * database: the payments once more. In another: the runs made here and the balances.
 * Whatever else is stored must be deleted here too.
 */
const PREFIX = 'comfyui-credits'

/** In IndexedDB (src/purchase/engine/purchase-database.ts). */
export const PURCHASES_DATABASE = `${PREFIX}-purchases`

/** In IndexedDB (src/run-archive). */
export const RUNS_DATABASE = `${PREFIX}-runs`

/** A name to store something under. */
export function storedName(kind: string): string {
  return `${PREFIX}:${kind}:`
}

/**
 * Deletes it all, of every account that was used in this browser. If the browser refuses a part, the
 * rest is deleted all the same, and this rejects with a DOMException.
 */
export async function deleteStoredData(): Promise<void> {
  const parts = [deleteNames(), ...[PURCHASES_DATABASE, RUNS_DATABASE].map(deleteDatabase)]
  const results = await Promise.allSettled(parts)
  const refused = results.find((result) => result.status === 'rejected')
  if (refused) throw asDomException(refused.reason)
}

async function deleteNames(): Promise<void> {
  const storage = window.localStorage
  const names = Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? '')
  for (const name of names.filter((each) => each.startsWith(PREFIX))) storage.removeItem(name)
}

/** Tabs that have it open get an event, and close it. */
function deleteDatabase(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // Typed as always there; a browser may give a page none. What throws here rejects.
    const databases = window.indexedDB as IDBFactory | undefined
    if (!databases) {
      resolve()
      return
    }
    const request = databases.deleteDatabase(name)
    request.addEventListener('success', () => resolve())
    request.addEventListener('error', () => reject(request.error ?? new DOMException()))
  })
}
