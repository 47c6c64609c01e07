import { writeText } from './browser-storage.ts'

/** What is stored under the name, for a schema to check; null where there is nothing, or no JSON. */
export function readJson(storage: Storage, name: string): unknown {
  try {
    return JSON.parse(storage.getItem(name) ?? 'null')
  } catch {
    return null
  }
}

/** False where the browser does not let us, as `writeText`. */
export function writeJson(storage: Storage, name: string, value: unknown): boolean {
  return writeText(storage, name, JSON.stringify(value))
}

/** The same of a list: empty where there is none. */
export function readJsonList(storage: Storage, name: string): readonly unknown[] {
  const all = readJson(storage, name)
  return Array.isArray(all) ? all : []
}
