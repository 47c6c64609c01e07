import { createHash } from 'node:crypto'
import type { NodeCatalog } from '../../nodes/catalog.ts'
import type { ImageStore } from '../../nodes/image-store.ts'
import type { NodeUi } from '../../nodes/types.ts'
import { type Prompt, asLink } from './prompt.ts'

/** A node's result: for each output a list of values, and what the browser shows. */
export interface NodeOutput {
  readonly outputs: readonly (readonly unknown[])[]
  readonly ui: NodeUi | null
}

/**
 * Results of earlier runs, by the node and all its inputs. Like ComfyUI's default cache, it stores only
 * what the newest prompt can use.
 */
export class OutputCache {
  #entries = new Map<string, NodeOutput>()

  /** Forgets all but these keys. */
  retain(keys: ReadonlySet<string>): void {
    this.#entries = new Map([...this.#entries].filter(([key]) => keys.has(key)))
  }

  get(key: string): NodeOutput | undefined {
    return this.#entries.get(key)
  }

  set(key: string, output: NodeOutput): void {
    this.#entries.set(key, output)
  }

  clear(): void {
    this.#entries.clear()
  }
}

/**
 * The cache key of every node of a prompt: its id, class, own inputs and those of all nodes before
 * it, and its fingerprint (of the file it reads, for instance).
 */
export async function cacheKeys(
  prompt: Prompt,
  catalog: NodeCatalog,
  images: ImageStore,
): Promise<ReadonlyMap<string, string>> {
  const keys = new Map<string, Promise<string>>()

  function keyOf(id: string): Promise<string> {
    const known = keys.get(id)
    if (known) return known
    const key = computeKey(id)
    keys.set(id, key)
    return key
  }

  async function computeKey(id: string): Promise<string> {
    const node = prompt[id]
    const names = Object.keys(node?.inputs ?? {}).toSorted()
    const inputs = await Promise.all(
      names.map(async (name) => {
        const value = node?.inputs[name]
        const link = asLink(value)
        return [name, link ? { of: await keyOf(link.from), output: link.output } : value]
      }),
    )
    const kind = catalog.get(node?.class_type ?? '')
    const fingerprint = await kind?.fingerprint?.(node?.inputs ?? {}, images)
    const identity = JSON.stringify([id, node?.class_type, fingerprint, inputs])
    return createHash('sha256').update(identity).digest('hex')
  }

  const entries = Object.keys(prompt).map(async (id) => [id, await keyOf(id)] as const)
  return new Map(await Promise.all(entries))
}
