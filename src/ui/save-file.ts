/** Long enough for a browser to have begun; there is no event that says so. */
const HELD_FOR_MS = 60_000

/**
 * Hands a file to the person's downloads. The link is never in the document: nothing of it is seen,
 * focused or announced.
 */
export function saveFile(name: string, parts: readonly BlobPart[], type: string): void {
  const url = URL.createObjectURL(new Blob([...parts], { type }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), HELD_FOR_MS)
}
