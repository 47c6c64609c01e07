import { asArray, asId, asRecord, asText, isRecord } from './json.ts'

/** What ComfyUI queues: a flat graph of the nodes that are neither muted nor bypassed. */
export type Prompt = ReadonlyMap<string, PromptNode>

export interface PromptNode {
  /** Within subgraphs a path, such as `143:130`. */
  readonly id: string
  readonly type: string
  /** Values of widgets, by the names that the server knows. */
  readonly values: ReadonlyMap<string, unknown>
  /** Inputs that come from other nodes. */
  readonly links: ReadonlyMap<string, OutputRef>
  /**
   * Whether `values` is all that was saved. False where the file has values that no widget of this
   * version of the node fits.
   */
  readonly isComplete: boolean
  /**
   * Whether ComfyUI changes one of its widgets before the next run of a batch, as the control of a
   * seed does. Taken for granted in an API prompt, which does not say.
   */
  readonly mayChange: boolean
  /** Whether the file shows that it is not a partner node. An API prompt never does. */
  readonly isSurelyLocal: boolean
}

export interface OutputRef {
  readonly nodeId: string
  readonly output: number
}

/** Why a file cannot be estimated. `code` is permanent. */
export class EstimateInputError extends Error {
  override readonly name = 'EstimateInputError'

  constructor(
    readonly code: 'not-a-workflow' | 'not-object-info' | 'nested-too-deep' | 'too-many-nodes',
    message: string,
  ) {
    super(message)
  }
}

/** An API prompt maps ids to `{class_type, inputs}`. */
export function isApiPrompt(json: unknown): boolean {
  const nodes = Object.values(asRecord(json))
  return nodes.length > 0 && nodes.every((node) => isRecord(node) && asText(node['class_type']))
}

export function readApiPrompt(json: unknown): Prompt {
  return new Map(
    Object.entries(asRecord(json)).map(([id, node]): [string, PromptNode] => [
      id,
      readApiNode(id, asRecord(node)),
    ]),
  )
}

function readApiNode(id: string, node: Readonly<Record<string, unknown>>): PromptNode {
  const values = new Map<string, unknown>()
  const links = new Map<string, OutputRef>()
  for (const [name, input] of Object.entries(asRecord(node['inputs']))) {
    const link = readLink(input)
    if (link) links.set(name, link)
    else values.set(name, unwrapped(input))
  }
  const type = asText(node['class_type']) ?? ''
  return { id, type, values, links, isComplete: true, mayChange: true, isSurelyLocal: false }
}

function readLink(input: unknown): OutputRef | null {
  const [node, output, ...others] = asArray(input)
  const nodeId = asId(node)
  if (nodeId === null || typeof output !== 'number' || others.length > 0) return null
  return { nodeId, output }
}

/** ComfyUI wraps a value that is itself a list, so that it does not look like a link. */
function unwrapped(input: unknown): unknown {
  return isRecord(input) && '__value__' in input ? input['__value__'] : input
}
