import type { Prompt, PromptNode } from './prompt.ts'
import { holdsWithSources } from './with-sources.ts'

/**
 * The nodes that have not changed since a run, nor anything they depend on. ComfyUI still has their
 * results, unless it was restarted or ran short of memory: they are likely free.
 */
export function unchangedSince(last: Prompt, now: Prompt): ReadonlySet<string> {
  return holdsWithSources(now, (node) => {
    const before = last.get(node.id)
    return before !== undefined && isSameNode(before, node)
  })
}

const isSameNode = (a: PromptNode, b: PromptNode): boolean =>
  a.type === b.type && fingerprint(a) === fingerprint(b)

const fingerprint = ({ values, links }: PromptNode): string =>
  JSON.stringify([sorted(values), sorted(links)])

const sorted = (map: ReadonlyMap<string, unknown>) =>
  [...map].toSorted(([a], [b]) => (a < b ? -1 : 1))
