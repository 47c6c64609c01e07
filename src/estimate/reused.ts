import { END_LOOP, START_LOOP } from './loops.ts'
import type { ObjectInfo } from './object-info.ts'
import type { Prompt } from './prompt.ts'

/** No workflow is as deep. The stack ends somewhere. */
const MAX_DEPTH = 2000

/**
 * The nodes whose results the later runs of a batch likely reuse: nothing sets them, nor anything
 * they depend on, anew between two runs. Only likely, because the server does not say which nodes of
 * extensions always run. ComfyUI's loops do.
 */
export function reusedInBatch(prompt: Prompt, objectInfo: ObjectInfo): ReadonlySet<string> {
  const reused = new Map<string, boolean>()
  const isReused = (id: string, depth = 0): boolean => {
    const known = reused.get(id)
    if (known !== undefined) return known
    reused.set(id, false) // Until proved, and for good where nodes depend on each other in a ring.
    const node = prompt.get(id)
    const result =
      depth < MAX_DEPTH &&
      node !== undefined &&
      !node.mayChange &&
      node.isComplete &&
      !alwaysRuns.has(node.type) &&
      objectInfo.node(node.type) !== null &&
      [...node.links.values()].every(({ nodeId }) => isReused(nodeId, depth + 1))
    reused.set(id, result)
    return result
  }
  return new Set([...prompt.keys()].filter((id) => isReused(id)))
}

const alwaysRuns = new Set([START_LOOP, END_LOOP])
