/** localStorage; where the browser forbids it to the page, one that is empty and cannot be filled. */
export function browserStorage(): Storage {
  try {
    return window.localStorage
  } catch (error) {
    if (error instanceof DOMException) return forbiddenStorage
    throw error
  }
}

/** Refuses as a full one does, for which whoever keeps something is ready anyway. */
const forbiddenStorage: Storage = {
  length: 0,
  key: () => null,
  getItem: () => null,
  setItem() {
    throw new DOMException('storage-forbidden', 'SecurityError')
  },
  removeItem() {},
  clear() {},
}
