import { storedName } from '../storage/stored-data.ts'
import { isNothing, noLimits, parseSettings, storedForm, type LimitSettings } from './limit.ts'

/** What is set, in the browser's storage: by account, for all tabs. */

const PREFIX = storedName('limits')
/** The browser reports what is stored to the other tabs only. */
const STORED_HERE = 'comfyui-credits:limits-stored'

export function readSettings(storage: Storage, accountKey: string): LimitSettings {
  return parseSettings(readRaw(storage, accountKey)) ?? noLimits
}

/** Whether anything is set, without parsing it. */
export function hasSettings(storage: Storage, accountKey: string): boolean {
  return storage.getItem(PREFIX + accountKey) !== null
}

/** False where the browser does not let us. */
export function storeSettings(
  storage: Storage,
  accountKey: string,
  settings: LimitSettings,
): boolean {
  const name = PREFIX + accountKey
  const form = storedForm(settings, readRaw(storage, accountKey))
  try {
    if (isNothing(form)) storage.removeItem(name)
    else storage.setItem(name, JSON.stringify(form))
  } catch (error) {
    if (error instanceof DOMException) return false
    throw error
  }
  window.dispatchEvent(new CustomEvent(STORED_HERE))
  return true
}

/** Called when what is set may have changed, in whichever tab. */
export function onSettingsStored(listener: () => void): () => void {
  const stored = ({ key }: StorageEvent): void => {
    // Null: all was deleted.
    if (key === null || key.startsWith(PREFIX)) listener()
  }
  window.addEventListener('storage', stored)
  window.addEventListener(STORED_HERE, listener)
  return () => {
    window.removeEventListener('storage', stored)
    window.removeEventListener(STORED_HERE, listener)
  }
}

function readRaw(storage: Storage, accountKey: string): unknown {
  try {
    return JSON.parse(storage.getItem(PREFIX + accountKey) ?? 'null')
  } catch {
    return null
  }
}
