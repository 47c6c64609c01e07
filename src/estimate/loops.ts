import { finiteNumber } from './badge-context.ts'
import { knownInput } from './constants.ts'
import type { Prompt, PromptNode } from './prompt.ts'

/** ComfyUI's loops: what is between the two runs once for each pass (`nodes_loop.py`). */
export const START_LOOP = 'StartLoop'
export const END_LOOP = 'EndLoop'

/** No workflow is as deep. The stack ends somewhere. */
const MAX_CHAIN = 2000

/** The loops that a node is in, by the ids of their beginnings. */
export class Loops {
  private readonly known = new Map<string, ReadonlySet<string>>()
  private readonly hasLoops: boolean

  constructor(private readonly prompt: Prompt) {
    this.hasLoops = [...prompt.values()].some(({ type }) => type === START_LOOP)
  }

  /** Of a beginning these are the loops around it. */
  around(node: PromptNode, chain = 0): ReadonlySet<string> {
    if (!this.hasLoops) return none
    const known = this.known.get(node.id)
    if (known) return known
    this.known.set(node.id, none) // While it is looked for: a broken file may link nodes in a ring.
    const around = chain > MAX_CHAIN ? none : this.ofInputs(node, chain)
    if (node.type === END_LOOP) around.delete(this.innermost(around, chain) ?? '')
    this.known.set(node.id, around)
    return around
  }

  private ofInputs({ links }: PromptNode, chain: number): Set<string> {
    const all = new Set<string>()
    for (const { nodeId } of links.values()) {
      const source = this.prompt.get(nodeId)
      if (!source) continue
      for (const loop of this.around(source, chain + 1)) all.add(loop)
      if (source.type === START_LOOP) all.add(nodeId)
    }
    return all
  }

  /** The one that an end closes: it has most loops around it. */
  private innermost(loops: ReadonlySet<string>, chain: number): string | null {
    let innermost: string | null = null
    let most = -1
    for (const id of loops) {
      const start = this.prompt.get(id)
      const depth = start ? this.around(start, chain + 1).size : 0
      if (depth > most) [innermost, most] = [id, depth]
    }
    return innermost
  }

  /** The beginning of the loop that an end closes; null where it closes none. */
  closedBy(end: PromptNode): PromptNode | null {
    const id = this.innermost(this.ofInputs(end, 0), 0)
    return (id === null ? null : this.prompt.get(id)) ?? null
  }
}

const none = new Set<string>()

/** How many passes a loop has, as its widgets are set. Null where only the run shows it. */
export function passesOf(
  start: PromptNode,
  prompt: Prompt,
  lengthOfList: () => number | null,
): number | null {
  const number = (name: string, preset: number): number | null => {
    const known = knownInput(start, `mode.${name}`, prompt)
    if (known) return finiteNumber(known.value)
    return start.links.has(`mode.${name}`) ? null : preset
  }
  const mode = knownInput(start, 'mode', prompt)?.value
  if (mode === 'simple') return number('num_iterations', 4)
  if (mode === 'List') return lengthOfList()
  const [first, end, step] = [
    number('start_iteration_index', 0),
    number('max_iteration', 4),
    number('step', 1),
  ]
  if (mode !== 'For' || first === null || end === null || step === null || step < 1) return null
  return Math.max(0, Math.ceil((end - first) / step))
}
