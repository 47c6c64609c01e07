import type { Prompt, PromptNode } from './prompt.ts'

/** No workflow is as deep. The stack ends somewhere. */
const MAX_DEPTH = 2000

/** The nodes of which something holds, and of all that they depend on. */
export function holdsWithSources(
  prompt: Prompt,
  holds: (node: PromptNode) => boolean,
): ReadonlySet<string> {
  const known = new Map<string, boolean>()
  const isHeld = (id: string, depth = 0): boolean => {
    const before = known.get(id)
    if (before !== undefined) return before
    known.set(id, false) // Until proved, and for good where nodes depend on each other in a ring.
    const node = prompt.get(id)
    const result =
      depth < MAX_DEPTH &&
      node !== undefined &&
      holds(node) &&
      [...node.links.values()].every(({ nodeId }) => isHeld(nodeId, depth + 1))
    known.set(id, result)
    return result
  }
  return new Set([...prompt.keys()].filter((id) => isHeld(id)))
}
