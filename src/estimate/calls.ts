import type { ObjectInfo } from './object-info.ts'
import type { OutputRef, Prompt, PromptNode } from './prompt.ts'

/** No workflow is as deep. The stack ends somewhere. */
const MAX_CHAIN = 2000

/**
 * How often ComfyUI runs a node in one run of the workflow: once for each item of the longest list
 * it is given. Null where a list's length shows only in the run.
 */
export class CallCounter {
  private readonly counts = new Map<string, number | null>()

  constructor(
    private readonly prompt: Prompt,
    private readonly objectInfo: ObjectInfo,
  ) {}

  callsOf(node: PromptNode, chain = 0): number | null {
    const known = this.counts.get(node.id)
    if (known !== undefined) return known
    if (chain > MAX_CHAIN) return null
    this.counts.set(node.id, 1) // While it is counted: a broken file may link nodes in a loop.
    const calls = this.objectInfo.node(node.type)?.isInputList
      ? 1
      : this.longest([...node.links.values()], chain + 1)
    this.counts.set(node.id, calls)
    return calls
  }

  private longest(links: readonly OutputRef[], chain: number): number | null {
    let longest: number | null = 1
    for (const link of links) {
      const length = this.lengthOf(link, chain)
      longest = length === null || longest === null ? null : Math.max(longest, length)
    }
    return longest
  }

  private lengthOf({ nodeId, output }: OutputRef, chain: number): number | null {
    const node = this.prompt.get(nodeId)
    if (!node) return 1
    const makesList = this.objectInfo.node(node.type)?.outputIsList[output] === true
    if (!makesList) return this.callsOf(node, chain)
    return node.type === 'CreateList' ? this.lengthOfCreated(node, chain + 1) : null
  }

  /** ComfyUI's CreateList puts the items of all its inputs into one list. */
  private lengthOfCreated({ values, links }: PromptNode, chain: number): number | null {
    let length: number | null = values.size
    for (const link of links.values()) {
      const items = this.lengthOf(link, chain)
      length = length === null || items === null ? null : length + items
    }
    return length
  }
}
