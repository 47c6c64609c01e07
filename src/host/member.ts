/** A member of whatever the host gives us; undefined where that has none, or is nothing. */
export function member(of: unknown, name: string): unknown {
  const hasMembers = typeof of === 'object' || typeof of === 'function'
  return hasMembers && of !== null ? Reflect.get(of, name) : undefined
}
