/** What a list has instead of some of its items. */
export interface ListChange<T> {
  /** How many items the list had. */
  readonly before: number
  readonly start: number
  readonly removed: readonly T[]
  readonly added: readonly T[]
}

/** Long lists grow at one of their ends: what they have in common there is only compared. */
export function listChange<T>(before: readonly T[], after: readonly T[]): ListChange<T> | null {
  if (after === before) return null
  const start = commonStart(before, after)
  const end = commonEnd(before, after, start)
  return {
    before: before.length,
    start,
    removed: before.slice(start, before.length - end),
    added: after.slice(start, after.length - end),
  }
}

function commonStart<T>(one: readonly T[], other: readonly T[]): number {
  const most = Math.min(one.length, other.length)
  let count = 0
  while (count < most && one[count] === other[count]) count += 1
  return count
}

/** Not counting what they have in common at their start. */
function commonEnd<T>(one: readonly T[], other: readonly T[], start: number): number {
  const most = Math.min(one.length, other.length) - start
  let count = 0
  while (count < most && one[one.length - 1 - count] === other[other.length - 1 - count]) count += 1
  return count
}
