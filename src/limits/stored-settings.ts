import { readJson, writeJson } from '../storage/stored-json.ts'
import { isNothing, noLimits, parseSettings, storedForm, type LimitSettings } from './limit.ts'
import { announceSettings, settingsName } from './settings-signal.ts'

/** What is set, in the browser's storage: by account, for all tabs. */

export function readSettings(storage: Storage, accountKey: string): LimitSettings {
  return parseSettings(readJson(storage, settingsName(accountKey))) ?? noLimits
}

/** False where the browser does not let us. */
export function storeSettings(
  storage: Storage,
  accountKey: string,
  settings: LimitSettings,
): boolean {
  const name = settingsName(accountKey)
  const form = storedForm(settings, readJson(storage, name))
  if (isNothing(form)) storage.removeItem(name)
  else if (!writeJson(storage, name, form)) return false
  announceSettings()
  return true
}
