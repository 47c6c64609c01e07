import type { NodeCatalog } from '../../nodes/catalog.ts'
import type { ImageStore } from '../../nodes/image-store.ts'
import type { InputSpec, NodeFace, SandboxNode } from '../../nodes/types.ts'
import { type Prompt, type PromptNode, asLink, linksOf } from './prompt.ts'

export interface PromptError {
  readonly type: string
  readonly message: string
  readonly details: string
  readonly extra_info: Readonly<Record<string, unknown>>
}

/** Errors by node id, as POST /prompt answers them. */
export type NodeErrors = Record<
  string,
  { errors: PromptError[]; dependent_outputs: string[]; class_type: string }
>

export type Validation =
  | { readonly ok: true; readonly outputs: readonly string[]; readonly nodeErrors: NodeErrors }
  | { readonly ok: false; readonly error: PromptError; readonly nodeErrors: NodeErrors }

/**
 * Checks a prompt as ComfyUI does before it is queued. Outputs whose nodes are right are run even
 * when others are not; a prompt without a single right output is refused.
 * `targets` limits the run to these outputs.
 */
export async function validatePrompt(
  prompt: Prompt,
  catalog: NodeCatalog,
  images: ImageStore,
  targets: readonly string[] | null = null,
): Promise<Validation> {
  const circular = Object.keys(prompt).find((id) => feedsItself(prompt, id))
  if (circular !== undefined) {
    return refusal('dependency_cycle', 'A node takes from itself', `Node ID '#${circular}'`)
  }
  const outputs: string[] = []
  for (const [id, node] of Object.entries(prompt)) {
    const found = catalog.get(node.class_type ?? '')
    if (!found) return unknownNode(id, node)
    if (found.face.isOutput && (targets === null || targets.includes(id))) outputs.push(id)
  }
  if (outputs.length === 0) return refusal('prompt_no_outputs', 'Prompt has no outputs')

  const problems = await problemsByNode(prompt, catalog, images)
  const nodeErrors: NodeErrors = {}
  const right = outputs.filter((output) => {
    const bad = [...upstreamOf(prompt, output)].filter((id) => problems.has(id))
    for (const id of bad) {
      const entry = (nodeErrors[id] ??= {
        errors: problems.get(id) ?? [],
        dependent_outputs: [],
        class_type: prompt[id]?.class_type ?? '',
      })
      entry.dependent_outputs.push(output)
    }
    return bad.length === 0
  })
  if (right.length > 0) return { ok: true, outputs: right, nodeErrors }
  return {
    ...refusal('prompt_outputs_failed_validation', 'Prompt outputs failed validation'),
    nodeErrors,
  }
}

function refusal(type: string, message: string, details = '', extra = {}) {
  return {
    ok: false,
    error: { type, message, details, extra_info: extra },
    nodeErrors: {},
  } as const
}

function unknownNode(id: string, node: PromptNode): Validation {
  const details = `Node ID '#${id}'`
  if (node.class_type === undefined) {
    return refusal('invalid_prompt', 'A node has no class_type', details)
  }
  return refusal('missing_node_type', `Node '${node.class_type}' not found`, details, {
    node_id: id,
    class_type: node.class_type,
  })
}

/** The node and all it takes from, directly or not; a circle is walked once. */
function upstreamOf(prompt: Prompt, output: string): Set<string> {
  const seen = new Set<string>()
  const stack = [output]
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    const node = prompt[id]
    if (!node || seen.has(id)) continue
    seen.add(id)
    stack.push(...linksOf(node).map((link) => link.from))
  }
  return seen
}

async function problemsByNode(prompt: Prompt, catalog: NodeCatalog, images: ImageStore) {
  const problems = new Map<string, PromptError[]>()
  for (const [id, promptNode] of Object.entries(prompt)) {
    const node = catalog.get(promptNode.class_type ?? '')
    if (!node) continue
    const errors = await inputProblems(node, promptNode, prompt, catalog, images)
    if (errors.length > 0) problems.set(id, errors)
  }
  return problems
}

function feedsItself(prompt: Prompt, id: string): boolean {
  const node = prompt[id]
  if (!node) return false
  return linksOf(node).some((link) => upstreamOf(prompt, link.from).has(id))
}

async function inputProblems(
  node: SandboxNode,
  promptNode: PromptNode,
  prompt: Prompt,
  catalog: NodeCatalog,
  images: ImageStore,
): Promise<PromptError[]> {
  const choices = (await node.choices?.(images)) ?? {}
  return Object.entries(allInputs(node.face)).flatMap(([name, declared]) => {
    const spec: InputSpec = [choices[name] ?? declared[0], declared[1] ?? {}]
    const value = promptNode.inputs[name]
    if (value === undefined) {
      return name in node.face.required ? [missingInput(name)] : []
    }
    const link = asLink(value)
    if (!link) return valueProblem(name, value, spec) ?? []
    const source = catalog.get(prompt[link.from]?.class_type ?? '')
    return linkProblem(name, spec, value, source?.face.outputs[link.output]?.type) ?? []
  })
}

function allInputs(face: NodeFace): Readonly<Record<string, InputSpec>> {
  return { ...face.required, ...face.optional }
}

function missingInput(name: string): PromptError {
  return {
    type: 'required_input_missing',
    message: 'Required input is missing',
    details: name,
    extra_info: { input_name: name },
  }
}

function linkProblem(
  name: string,
  spec: InputSpec,
  value: unknown,
  received: string | undefined,
): PromptError | null {
  const wanted = spec[0]
  if (received === wanted || received === '*' || wanted === '*') return null
  const extra = { input_name: name, input_config: spec, linked_node: value }
  if (received === undefined) {
    return {
      type: 'bad_linked_input',
      message: 'Bad linked input: there is no such node or output',
      details: name,
      extra_info: extra,
    }
  }
  return {
    type: 'return_type_mismatch',
    message: 'Return type mismatch between linked nodes',
    details: `${name}, received_type(${received}) mismatch input_type(${String(wanted)})`,
    extra_info: { ...extra, received_type: received },
  }
}

function valueProblem(name: string, value: unknown, spec: InputSpec): PromptError | null {
  const [type, options = {}] = spec
  const problem = (kind: string, message: string, details: string): PromptError => ({
    type: kind,
    message,
    details,
    extra_info: { input_name: name, input_config: spec, received_value: value },
  })
  const values = Array.isArray(type) ? type : type === 'COMBO' ? options['options'] : null
  if (Array.isArray(values)) {
    return values.includes(value)
      ? null
      : problem('value_not_in_list', 'Value not in list', `${name}: '${String(value)}'`)
  }
  if (!hasType(value, String(type))) {
    return problem('invalid_input_type', 'Invalid input type', `${name}: expected ${String(type)}`)
  }
  const { min, max } = options
  if (typeof value === 'number' && typeof min === 'number' && value < min) {
    return problem('value_smaller_than_min', `Value ${value} smaller than min of ${min}`, name)
  }
  if (typeof value === 'number' && typeof max === 'number' && value > max) {
    return problem('value_bigger_than_max', `Value ${value} bigger than max of ${max}`, name)
  }
  return null
}

/** Types that are not written by hand, such as IMAGE, take no value of their own. */
function hasType(value: unknown, type: string): boolean {
  switch (type) {
    case 'STRING':
      return typeof value === 'string'
    case 'INT':
      return Number.isInteger(value)
    case 'FLOAT':
      return typeof value === 'number' && Number.isFinite(value)
    case 'BOOLEAN':
      return typeof value === 'boolean'
    default:
      return type === '*'
  }
}
