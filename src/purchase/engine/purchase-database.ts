/**
 * Texts in IndexedDB, which has them on the disk when it answers. What localStorage holds gets there
 * seconds later, or minutes where ComfyUI keeps large workflows in it (Chromium:
 * storage_area_impl.cc, ComputeCommitDelay), and a browser that is killed takes it along.
 * Where a page may have no database there is nothing: localStorage has to do.
 *
 * Loaded after the panel; what it needs of the panel it is given, for a shared file would be one
 * more to load before the first paint.
 */
const STORE = 'purchases'

interface Entry {
  readonly place: string
  readonly attempt: string
  readonly text: string
}

/** `renew` makes the new text from the one that is there. */
export function putOnDisk(
  database: string,
  { place, attempt }: Pick<Entry, 'place' | 'attempt'>,
  renew: (before: string | null) => string,
): Promise<void> {
  return withStore(database, undefined, (store, done) => {
    const known = store.get([place, attempt])
    known.addEventListener('success', () => {
      store.put({ place, attempt, text: renew(textOf(known.result)) } satisfies Entry)
      done(undefined)
    })
  })
}

/** Of this place, in no order. What `isOld` is forgotten. */
export function readFromDisk(
  database: string,
  place: string,
  isOld: (text: string) => boolean,
): Promise<readonly string[]> {
  return withStore<readonly string[]>(database, [], (store, done) => {
    const found: string[] = []
    // An array is after every text.
    const all = store.openCursor(IDBKeyRange.bound([place], [place, []]))
    all.addEventListener('success', () => {
      const cursor = all.result
      if (cursor === null) {
        done(found)
        return
      }
      const text = textOf(cursor.value)
      if (text === null || isOld(text)) cursor.delete()
      else found.push(text)
      cursor.continue()
    })
  })
}

/** Anybody may have written it. */
function textOf(entry: unknown): string | null {
  const text: unknown = typeof entry === 'object' && entry !== null && Reflect.get(entry, 'text')
  return typeof text === 'string' ? text : null
}

type Work<T> = (store: IDBObjectStore, done: (result: T) => void) => void

/**
 * In one transaction, and with a connection of its own, so that none is in the way of deleting the
 * database. Resolves to what `work` was done with when that is written; to `otherwise` where it
 * could not be: forbidden, full, or of a newer version of ours.
 */
function withStore<T>(name: string, otherwise: T, work: Work<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    // Typed as always there; a browser may give a page none.
    const opening = (window.indexedDB as IDBFactory | undefined)?.open(name)
    if (opening === undefined) {
      resolve(otherwise)
      return
    }
    opening.addEventListener('upgradeneeded', () => {
      opening.result.createObjectStore(STORE, { keyPath: ['place', 'attempt'] })
    })
    opening.addEventListener('error', () => resolve(otherwise))
    opening.addEventListener('success', () => {
      transact(opening.result, otherwise, work).then(resolve, reject)
    })
  }).catch(() => otherwise)
}

/** Rejects with whatever the browser throws, as where a newer version has no such store. */
async function transact<T>(database: IDBDatabase, otherwise: T, work: Work<T>): Promise<T> {
  try {
    return await new Promise((resolve) => {
      const transaction = database.transaction(STORE, 'readwrite')
      let result = otherwise
      work(transaction.objectStore(STORE), (value) => {
        result = value
      })
      transaction.addEventListener('complete', () => resolve(result))
      transaction.addEventListener('abort', () => resolve(otherwise))
    })
  } finally {
    database.close()
  }
}
