import { isUuid } from '../database/columns.ts'

const PREFIX = 'ws_'

/** A workspace's id as the wire has it: `ws_` and the id in the database. */
export function publicWorkspaceId(id: string): string {
  return PREFIX + id
}

/** The id in the database, or null for what is no workspace's id. */
export function parseWorkspaceId(publicId: string): string | null {
  const id = publicId.slice(PREFIX.length)
  return publicId.startsWith(PREFIX) && isUuid(id) ? id : null
}
