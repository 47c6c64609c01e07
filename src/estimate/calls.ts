import { knownInput } from './constants.ts'
import { END_LOOP, Loops, passesOf, START_LOOP } from './loops.ts'
import type { ObjectInfo } from './object-info.ts'
import type { OutputRef, Prompt, PromptNode } from './prompt.ts'

/** No workflow is as deep. The stack ends somewhere. */
const MAX_CHAIN = 2000

/** What a loop gives back from one pass to the next. */
const CARRIED_OUTPUT = 4

/**
 * How often ComfyUI runs a node in one run of the workflow: once for each item of the longest list
 * it is given, in each pass of the loops around it. Null where that shows only in the run.
 */
export class CallCounter {
  private readonly counts = new Map<string, number | null>()
  private readonly passes = new Map<string, number | null>()
  private readonly loops: Loops

  constructor(
    private readonly prompt: Prompt,
    private readonly objectInfo: ObjectInfo,
  ) {
    this.loops = new Loops(prompt)
  }

  callsOf(node: PromptNode): number | null {
    let calls = this.items(node)
    for (const id of this.loops.around(node)) {
      const passes = this.passesOf(id)
      calls = calls === null || passes === null ? null : calls * passes
    }
    return calls
  }

  private passesOf(id: string): number | null {
    const known = this.passes.get(id)
    if (known !== undefined) return known
    this.passes.set(id, null)
    const start = this.prompt.get(id)
    const list = start?.links.get('mode.list')
    const passes =
      start && passesOf(start, this.prompt, () => (list ? this.lengthOf(list, 0) : null))
    this.passes.set(id, passes ?? null)
    return passes ?? null
  }

  /** In one pass of the loops around it. */
  private items(node: PromptNode, chain = 0): number | null {
    const known = this.counts.get(node.id)
    if (known !== undefined) return known
    if (chain > MAX_CHAIN) return null
    this.counts.set(node.id, 1) // While it is counted: a broken file may link nodes in a loop.
    const items = this.objectInfo.node(node.type)?.isInputList
      ? 1
      : this.longest([...node.links.values()], chain + 1)
    this.counts.set(node.id, items)
    return items
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
    if (node.type === START_LOOP) return this.lengthInLoop(node, output, chain)
    if (node.type === END_LOOP) return this.lengthAfterLoop(node, chain)
    const makesList = this.objectInfo.node(node.type)?.outputIsList[output] === true
    if (!makesList) return this.items(node, chain)
    return node.type === 'CreateList' ? this.lengthOfCreated(node, chain + 1) : null
  }

  /** What a loop carries may be a list; the first is all that is known of it. */
  private lengthInLoop({ links }: PromptNode, output: number, chain: number): number | null {
    const first = links.get('initial_iteration_value')
    if (output !== CARRIED_OUTPUT || !first) return 1
    return this.lengthOf(first, chain + 1) === 1 ? 1 : null
  }

  /** The result of the last pass, or those of all. */
  private lengthAfterLoop(end: PromptNode, chain: number): number | null {
    const result = end.links.get('output_value')
    const length = result ? this.lengthOf(result, chain + 1) : 1
    const accumulates = knownInput(end, 'accumulate', this.prompt)?.value ?? false
    if (accumulates === false) return length
    const start = this.loops.closedBy(end)
    const passes = start && this.passesOf(start.id)
    return accumulates !== true || length === null || passes === null ? null : length * passes
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
