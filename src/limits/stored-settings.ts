import { isNothing, noLimits, parseSettings, storedForm, type LimitSettings } from './limit.ts'
import { announceSettings, settingsName } from './settings-signal.ts'

/** What is set, in the browser's storage: by account, for all tabs. */

export function readSettings(storage: Storage, accountKey: string): LimitSettings {
  return parseSettings(readRaw(storage, accountKey)) ?? noLimits
}

/** False where the browser does not let us. */
export function storeSettings(
  storage: Storage,
  accountKey: string,
  settings: LimitSettings,
): boolean {
  const name = settingsName(accountKey)
  const form = storedForm(settings, readRaw(storage, accountKey))
  try {
    if (isNothing(form)) storage.removeItem(name)
    else storage.setItem(name, JSON.stringify(form))
  } catch (error) {
    if (error instanceof DOMException) return false
    throw error
  }
  announceSettings()
  return true
}

function readRaw(storage: Storage, accountKey: string): unknown {
  try {
    return JSON.parse(storage.getItem(settingsName(accountKey)) ?? 'null')
  } catch {
    return null
  }
}
