import { storedName } from '../storage/stored-data.ts'

/**
 * Where the settings of an account are stored, and that they have changed: all that is loaded where
 * nothing is set.
 */

const PREFIX = storedName('limits')
/** The browser reports what is stored to the other tabs only. */
const STORED_HERE = 'comfyui-credits:limits-stored'

export function settingsName(accountKey: string): string {
  return PREFIX + accountKey
}

export function announceSettings(): void {
  window.dispatchEvent(new CustomEvent(STORED_HERE))
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
