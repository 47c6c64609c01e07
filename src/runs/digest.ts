/** A short name for a text. Two sums in 32 bits each: crypto.subtle is not there on plain http, and nobody attacks a name. */
export function digest(text: string): string {
  let one = 0x811c9dc5
  let two = 0x1b873593
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index)
    one = Math.imul(one ^ unit, 0x01000193)
    two = Math.imul((two ^ unit) + (one >>> 15), 0x85ebca6b)
  }
  return [one, two].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('')
}
