import { type Prompt, linksOf } from './prompt.ts'

/**
 * Which node runs next. The rules are ComfyUI's, as its runs show them: only nodes that the outputs
 * need run, a node waits for all its inputs, and among ready nodes an output or an API node goes
 * first, then one that is one or two steps before an output, then the one found first.
 */
export class ExecutionOrder {
  /** Insertion order matters: it is the order in which the graph was walked from its outputs. */
  readonly #waitingFor = new Map<string, number>()
  readonly #feeds = new Map<string, Set<string>>()
  readonly #started = new Set<string>()

  constructor(
    private readonly prompt: Prompt,
    private readonly rules: {
      isCached(id: string): boolean
      isOutput(id: string): boolean
      isApi(id: string): boolean
    },
    outputs: readonly string[],
  ) {
    for (const output of outputs) this.#add(output)
  }

  get isDone(): boolean {
    return this.#waitingFor.size === 0
  }

  /** The next node that can run, or null if all others wait for a started one. */
  takeNext(): string | null {
    const ready = [...this.#waitingFor]
      .filter(([id, count]) => count === 0 && !this.#started.has(id))
      .map(([id]) => id)
    const next = this.#preferred(ready)
    if (next === undefined) return null
    this.#started.add(next)
    return next
  }

  complete(id: string): void {
    this.#waitingFor.delete(id)
    for (const fed of this.#feeds.get(id) ?? []) {
      this.#waitingFor.set(fed, (this.#waitingFor.get(fed) ?? 0) - 1)
    }
  }

  /** Depth first, the last input of a node before its first; skips cached nodes. */
  #add(root: string): void {
    const stack = [root]
    for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
      if (this.#waitingFor.has(id)) continue
      this.#waitingFor.set(id, 0)
      for (const source of this.#sources(id)) {
        const fed = this.#feeds.get(source) ?? new Set()
        this.#feeds.set(source, fed.add(id))
        this.#waitingFor.set(id, (this.#waitingFor.get(id) ?? 0) + 1)
        stack.push(source)
      }
    }
  }

  #sources(id: string): Set<string> {
    const node = this.prompt[id]
    const links = node && !this.rules.isCached(id) ? linksOf(node) : []
    return new Set(links.map((link) => link.from).filter((from) => !this.rules.isCached(from)))
  }

  #preferred(ready: readonly string[]): string | undefined {
    const { isOutput, isApi } = this.rules
    const fedBy = (id: string) => [...(this.#feeds.get(id) ?? [])]
    return (
      ready.find((id) => isOutput(id) || isApi(id)) ??
      ready.find((id) => fedBy(id).some(isOutput)) ??
      ready.find((id) => fedBy(id).some((next) => fedBy(next).some(isOutput))) ??
      ready[0]
    )
  }
}
