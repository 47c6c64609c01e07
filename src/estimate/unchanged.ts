import type { Prompt, PromptNode } from './prompt.ts'

/** No workflow is as deep. The stack ends somewhere. */
const MAX_DEPTH = 2000

/**
 * The nodes that have not changed since a run, nor anything they depend on. ComfyUI still has their
 * results, unless it was restarted or ran short of memory: they are likely free.
 */
export function unchangedSince(last: Prompt, now: Prompt): ReadonlySet<string> {
  const unchanged = new Map<string, boolean>()
  const isUnchanged = (id: string, depth = 0): boolean => {
    const known = unchanged.get(id)
    if (known !== undefined) return known
    unchanged.set(id, false) // Until proved, and for good where nodes depend on each other in a loop.
    const [before, node] = [last.get(id), now.get(id)]
    const result =
      depth < MAX_DEPTH &&
      before !== undefined &&
      node !== undefined &&
      isSameNode(before, node) &&
      [...node.links.values()].every(({ nodeId }) => isUnchanged(nodeId, depth + 1))
    unchanged.set(id, result)
    return result
  }
  return new Set([...now.keys()].filter((id) => isUnchanged(id)))
}

const isSameNode = (a: PromptNode, b: PromptNode): boolean =>
  a.type === b.type && fingerprint(a) === fingerprint(b)

const fingerprint = ({ values, links }: PromptNode): string =>
  JSON.stringify([sorted(values), sorted(links)])

const sorted = (map: ReadonlyMap<string, unknown>) =>
  [...map].toSorted(([a], [b]) => (a < b ? -1 : 1))
