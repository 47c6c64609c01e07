/**
 * What we keep in the browser: the last known balances, the payments made here and which tab asks
 * about them, in localStorage, all under names that begin with this. Whoever keeps more, or elsewhere, makes it go here too.
 */
const PREFIX = 'comfyui-credits'

/** A name to keep something under. */
export function storedName(kind: string): string {
  return `${PREFIX}:${kind}:`
}

/** Deletes it all, of every account that was used in this browser. Throws where storage is forbidden. */
export function deleteStoredData(): void {
  const storage = window.localStorage
  const names = Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? '')
  for (const name of names.filter((each) => each.startsWith(PREFIX))) storage.removeItem(name)
}
