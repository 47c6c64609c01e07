import type { NodeFace, NodeResult, NodeUi } from '../../nodes/types.ts'
import type { NodeOutput } from './cache.ts'

/** The values of each input of a node: one, or several where a list came in. */
export type InputLists = Readonly<Record<string, readonly unknown[]>>

/**
 * Calls a node once for each item of its longest list; shorter lists repeat their last item, as in
 * ComfyUI. All calls are made at once. A node that takes lists is called once with them whole.
 */
export async function callOverLists(
  face: NodeFace,
  lists: InputLists,
  call: (inputs: Readonly<Record<string, unknown>>) => Promise<NodeResult>,
): Promise<NodeOutput> {
  if (face.takesLists) return combined(face, [await call(lists)])
  const count = Math.max(1, ...Object.values(lists).map((values) => values.length))
  const results = await Promise.all(
    Array.from({ length: count }, (_, index) =>
      call(
        Object.fromEntries(
          Object.entries(lists).map(([name, values]) => [name, values[index] ?? values.at(-1)]),
        ),
      ),
    ),
  )
  return combined(face, results)
}

function combined(face: NodeFace, results: readonly NodeResult[]): NodeOutput {
  return {
    outputs: face.outputs.map((output, slot) =>
      results.flatMap((result) => {
        const value = result.outputs[slot]
        return output.isList && Array.isArray(value) ? value : [value]
      }),
    ),
    ui: combinedUi(results.flatMap((result) => (result.ui ? [result.ui] : []))),
  }
}

function combinedUi(parts: readonly NodeUi[]): NodeUi | null {
  if (parts.length === 0) return null
  const keys = new Set(parts.flatMap((part) => Object.keys(part)))
  return Object.fromEntries([...keys].map((key) => [key, parts.flatMap((part) => part[key] ?? [])]))
}
