import type { ListItem } from './items.ts'

type LineKind = 'row' | 'group' | 'opened'

/** CSS pixels, until one of the kind has been seen. */
const UNSEEN: Readonly<Record<LineKind, number>> = {
  row: 52,
  group: 45,
  opened: 240,
}

/** So much nobody sees, and where tables put the parts of a pixel changes from line to line. */
const SAME_WITHIN = 0.5

/**
 * How high each line is: as it was seen, else as others of its kind were. Of a hundred thousand lines
 * a few dozen have been seen, so what is kept is what is unlike its kind.
 */
export class LineHeights {
  readonly #likely = { ...UNSEEN }
  readonly #learned = new Set<LineKind>()
  readonly #odd = new Map<string, number>()

  of(item: ListItem): number {
    const likely = this.#likely[kindOf(item)]
    return this.#odd.size === 0 ? likely : (this.#odd.get(item.id) ?? likely)
  }

  /** Whether anything is known better by it. */
  see(item: ListItem, height: number): boolean {
    const kind = kindOf(item)
    const before = this.of(item)
    if (!this.#learned.has(kind)) {
      this.#learned.add(kind)
      this.#likely[kind] = height
    } else if (Math.abs(before - height) > SAME_WITHIN) {
      this.#odd.set(item.id, height)
    }
    return Math.abs(before - this.of(item)) > 0
  }

  /** The lines are laid out otherwise from now on, as in a pane of another width. */
  forget(): void {
    this.#learned.clear()
    this.#odd.clear()
  }
}

function kindOf(item: ListItem): LineKind {
  if (item.kind === 'group' || item.kind === 'opened') return item.kind
  return 'row'
}

/** Where each line begins below the first, and at last where the last one ends. */
export function startsOf(items: readonly ListItem[], heights: LineHeights): Float64Array {
  const starts = new Float64Array(items.length + 1)
  let end = 0
  items.forEach((item, index) => {
    end += heights.of(item)
    starts[index + 1] = end
  })
  return starts
}

/** The line that is at `offset`; the first or the last where none is. */
export function lineAt(starts: Float64Array, offset: number): number {
  let low = 0
  let high = Math.max(0, starts.length - 2)
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if ((starts[middle] ?? 0) <= offset) low = middle
    else high = middle - 1
  }
  return low
}
