/** Names are kept to be shown in one line; a workflow may carry a book as a node's title. */
const MAX_NAME = 300

export function clip<T extends string | null>(name: T): T | string {
  if (name === null || name.length <= MAX_NAME) return name
  // Letter by letter: a mere slice would hold the whole book in memory.
  return Array.from({ length: MAX_NAME }, (_, index) => name.charAt(index)).join('')
}
