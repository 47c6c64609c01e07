import type { ImageStore } from './image-store.ts'
import type { InputSpec, NodeFace, SandboxNode } from './types.ts'

const API_HIDDEN_INPUTS = {
  auth_token_comfy_org: ['AUTH_TOKEN_COMFY_ORG'],
  api_key_comfy_org: ['API_KEY_COMFY_ORG'],
  unique_id: ['UNIQUE_ID'],
  comfy_usage_source: ['COMFY_USAGE_SOURCE'],
} as const

/** A node in the V1 shape of ComfyUI's `/object_info`, which all supported frontends read. */
export async function objectInfo(node: SandboxNode, images: ImageStore) {
  const { face } = node
  const choices = (await node.choices?.(images)) ?? {}
  const required = withChoices(face.required, choices)
  const optional = withChoices(face.optional ?? {}, choices)
  const hidden = face.api ? API_HIDDEN_INPUTS : {}
  return {
    input: { required, optional, hidden },
    input_order: {
      required: Object.keys(required),
      optional: Object.keys(optional),
      hidden: Object.keys(hidden),
    },
    is_input_list: face.takesLists ?? false,
    output: face.outputs.map((output) => output.type),
    output_is_list: face.outputs.map((output) => output.isList ?? false),
    output_name: face.outputs.map((output) => output.name),
    output_tooltips: face.outputs.map(() => null),
    output_matchtypes: null,
    name: face.name,
    display_name: face.displayName,
    description: face.description,
    python_module: pythonModule(face),
    category: face.category,
    output_node: face.isOutput ?? false,
    deprecated: false,
    experimental: false,
    dev_only: false,
    api_node: face.api !== undefined,
    price_badge: face.api?.badge ?? null,
    search_aliases: null,
    essentials_category: null,
    has_intermediate_output: false,
  }
}

/** The frontend treats nodes of these modules as ComfyUI's own, like the real API nodes. */
function pythonModule(face: NodeFace): string {
  return face.api ? `comfy_api_nodes.nodes_${face.api.partner.toLowerCase()}` : 'nodes'
}

function withChoices(
  inputs: Readonly<Record<string, InputSpec>>,
  choices: Readonly<Record<string, readonly string[]>>,
): Record<string, InputSpec> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, [type, options]]): [string, InputSpec] => [
      name,
      options === undefined ? [choices[name] ?? type] : [choices[name] ?? type, options],
    ]),
  )
}
