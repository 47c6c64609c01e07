import { z } from 'zod'

/** A workflow in ComfyUI's API format: nodes by id, links as `[node id, output number]`. */
export const promptSchema = z.record(
  z.string(),
  z.looseObject({
    class_type: z.string().optional(),
    inputs: z.record(z.string(), z.unknown()).default({}),
  }),
)
export type Prompt = z.infer<typeof promptSchema>
export type PromptNode = Prompt[string]

export interface Link {
  readonly from: string
  readonly output: number
}

const linkSchema = z.tuple([z.string(), z.number().int().nonnegative()])

/** The link an input's value is, or null where it is a value of its own. */
export function asLink(value: unknown): Link | null {
  const link = linkSchema.safeParse(value)
  return link.success ? { from: link.data[0], output: link.data[1] } : null
}

/** The links of a node's inputs, in the inputs' order. */
export function linksOf(node: PromptNode): Link[] {
  return Object.values(node.inputs).flatMap((value) => asLink(value) ?? [])
}
