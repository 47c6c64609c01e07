const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
const PUBLIC_ID = new RegExp(`^ws_(${UUID})$`)

/** A workspace's id as the wire has it: `ws_` and the id in the database. */
export function publicWorkspaceId(id: string): string {
  return `ws_${id}`
}

/** The id in the database, or null for what is no workspace's id. */
export function parseWorkspaceId(publicId: string): string | null {
  return PUBLIC_ID.exec(publicId)?.[1] ?? null
}
