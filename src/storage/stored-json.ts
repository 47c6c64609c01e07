/** What is stored under the name, for a schema to check; null where there is nothing, or no JSON. */
export function readJson(storage: Storage, name: string): unknown {
  try {
    return JSON.parse(storage.getItem(name) ?? 'null')
  } catch {
    return null
  }
}

/** False where the browser does not let us, as where the storage is full or forbidden. */
export function writeJson(storage: Storage, name: string, value: unknown): boolean {
  try {
    storage.setItem(name, JSON.stringify(value))
    return true
  } catch (error) {
    if (error instanceof DOMException) return false
    throw error
  }
}

/** The same of a list: empty where there is none. */
export function readJsonList(storage: Storage, name: string): readonly unknown[] {
  const all = readJson(storage, name)
  return Array.isArray(all) ? all : []
}
