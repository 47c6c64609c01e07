import type { z } from 'zod'
import type { NodeContext, NodeResult, SandboxNode } from './types.ts'

/** A node whose inputs are parsed before it runs, since they come from the browser's workflow. */
export function defineNode<Schema extends z.ZodType>(
  node: Omit<SandboxNode, 'run'> & {
    readonly inputs: Schema
    run(inputs: z.infer<Schema>, context: NodeContext): Promise<NodeResult>
  },
): SandboxNode {
  const { inputs, run, ...rest } = node
  return { ...rest, run: (raw, context) => run(inputs.parse(raw), context) }
}
