import { digest } from './digest.ts'

/** A name for nodes and links, whatever their values: two runs of one workflow have the same. */

const MAX_NODES = 5000

/**
 * Of what ComfyUI sends to its server: nodes by id, each with `class_type` and `inputs`, in which a
 * link is `[id, slot]`. Null for what is not that, or too large to be looked at for a name.
 */
export function workflowHash(prompt: unknown): string | null {
  if (typeof prompt !== 'object' || prompt === null) return null
  const nodes = Object.entries(prompt)
  if (nodes.length === 0 || nodes.length > MAX_NODES) return null
  const lines = nodes.map(
    ([id, node]: [string, unknown]) => `${id} ${typeOf(node)} ${linksOf(node)}`,
  )
  return digest(lines.toSorted().join('\n'))
}

function typeOf(node: unknown): string {
  const type: unknown = typeof node === 'object' && node ? Reflect.get(node, 'class_type') : null
  return typeof type === 'string' ? type : ''
}

function linksOf(node: unknown): string {
  const inputs: unknown = typeof node === 'object' && node ? Reflect.get(node, 'inputs') : null
  if (typeof inputs !== 'object' || inputs === null) return ''
  return Object.entries(inputs)
    .flatMap(([name, value]: [string, unknown]) =>
      Array.isArray(value) && value.length === 2
        ? `${name}=${String(value[0])}.${String(value[1])}`
        : [],
    )
    .toSorted()
    .join(' ')
}
