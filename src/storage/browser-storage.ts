/**
 * localStorage, of which any part may fail: a browser forbids it to the page, has none, or throws at
 * a single read of a damaged profile. What cannot be read is not there. What cannot be stored throws
 * a DOMException, as a full storage does.
 */
export function browserStorage(): Storage {
  return guardedStorage
}

const guardedStorage: Storage = {
  get length() {
    return attempt((storage) => storage.length, 0)
  },
  key: (index) => attempt((storage) => storage.key(index), null),
  getItem: (name) => attempt((storage) => storage.getItem(name), null),
  setItem(name, text) {
    try {
      window.localStorage.setItem(name, text)
    } catch (error) {
      throw asDomException(error)
    }
  },
  removeItem: (name) => attempt((storage) => storage.removeItem(name), undefined),
  clear: () => attempt((storage) => storage.clear(), undefined),
}

/** False where the browser does not let us, as where the storage is full or forbidden. */
export function writeText(storage: Storage, name: string, text: string): boolean {
  try {
    storage.setItem(name, text)
    return true
  } catch (error) {
    if (error instanceof DOMException) return false
    throw error
  }
}

function attempt<T>(use: (storage: Storage) => T, otherwise: T): T {
  try {
    return use(window.localStorage)
  } catch {
    // Browsers throw DOMExceptions, errors of their own, and TypeErrors where there is no storage.
    return otherwise
  }
}

/** For what a browser's storage has thrown. */
export function asDomException(error: unknown): DOMException {
  return error instanceof DOMException ? error : new DOMException(String(error), 'UnknownError')
}
