import { takenInput } from './constants.ts'
import type { ObjectInfo } from './object-info.ts'
import type { Prompt, PromptNode } from './prompt.ts'

/** Whether a queued node will run: `maybe` depends on a switch that only the run decides. */
export type ExpectedRun = 'yes' | 'maybe' | 'not-needed' | 'likely-cached'

/**
 * ComfyUI runs what its output nodes need, and of a switch the side that is taken. A node that this
 * server does not have may be such an output.
 */
export function expectedRuns(
  prompt: Prompt,
  objectInfo: ObjectInfo,
): ReadonlyMap<string, 'yes' | 'maybe'> {
  const outputs = outputNodes(prompt, objectInfo)
  if (outputs.length === 0) return new Map([...prompt.keys()].map((id) => [id, 'yes']))
  const runs = new Map<string, 'yes' | 'maybe'>()
  const open: { node: PromptNode; run: 'yes' | 'maybe' }[] = outputs.map((node) => ({
    node,
    run: 'yes',
  }))
  for (let next = open.pop(); next; next = open.pop()) {
    const { node, run } = next
    const known = runs.get(node.id)
    if (known === 'yes' || known === run) continue
    runs.set(node.id, run)
    for (const [sourceId, isSure] of sourcesOf(node, prompt, objectInfo)) {
      const source = prompt.get(sourceId)
      if (source) open.push({ node: source, run: isSure ? run : 'maybe' })
    }
  }
  return runs
}

/** None where no node is known for one: then nothing says what is left out. */
function outputNodes(prompt: Prompt, objectInfo: ObjectInfo): PromptNode[] {
  const nodes = [...prompt.values()]
  const outputs = nodes.filter(({ type }) => objectInfo.node(type)?.isOutputNode)
  if (outputs.length === 0) return []
  const used = new Set(
    nodes.flatMap(({ links }) => [...links.values()].map(({ nodeId }) => nodeId)),
  )
  const ends = nodes.filter(({ id, type }) => objectInfo.node(type) === null && !used.has(id))
  return [...outputs, ...ends]
}

/** The nodes it needs, and whether it needs them whatever a switch decides. */
function sourcesOf(
  node: PromptNode,
  prompt: Prompt,
  objectInfo: ObjectInfo,
): [nodeId: string, isSure: boolean][] {
  const lazy = lazyInputs(node, objectInfo)
  const taken = lazy.size > 0 ? takenInput(node, prompt) : null
  return [...node.links].flatMap(([name, { nodeId }]): [string, boolean][] => {
    if (!lazy.has(name)) return [[nodeId, true]]
    if (taken === null) return [[nodeId, false]]
    return taken === name ? [[nodeId, true]] : []
  })
}

/** Inputs that a node asks for only once it runs. */
function lazyInputs({ type, links }: PromptNode, objectInfo: ObjectInfo): ReadonlySet<string> {
  const inputs = links.size > 0 ? (objectInfo.node(type)?.inputs ?? []) : []
  return new Set(inputs.flatMap(({ name, config }) => (config['lazy'] === true ? name : [])))
}
