/** Names are kept to be shown in one line; a workflow may carry a book as a node's title. */
const MAX_NAME = 300

export function clip<T extends string | null>(name: T): T | string {
  return name === null ? name : name.slice(0, MAX_NAME)
}
