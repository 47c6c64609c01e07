import type { RunSummary } from './summary.ts'

/**
 * A hundred thousand runs are of some forty workflows, and each record that is read brings its own
 * copy of their names: here each is held once.
 */
export class SharedTexts {
  readonly #texts = new Map<string, string>()
  readonly #lists = new Map<string, readonly string[]>()

  share(summary: RunSummary): RunSummary {
    const { cost, output } = summary
    return {
      ...summary,
      workflow: this.#text(summary.workflow),
      workflowHash: this.#text(summary.workflowHash),
      outcome: this.#text(summary.outcome),
      reason: this.#text(summary.reason),
      nodes: this.#list(summary.nodes),
      models: this.#list(summary.models),
      output: output && {
        ...output,
        subfolder: this.#text(output.subfolder),
        type: this.#text(output.type),
      },
      members: summary.members && this.#list(summary.members),
      apiKeys: summary.apiKeys && this.#list(summary.apiKeys),
      shares: summary.shares?.map((share) => ({
        ...share,
        node: this.#text(share.node),
        model: this.#text(share.model),
        certainty: this.#text(share.certainty),
      })),
      cost: cost && {
        ...cost,
        certainty: this.#text(cost.certainty),
        word: this.#text(cost.word),
      },
    }
  }

  #text<T extends string | null>(text: T): T {
    if (text === null) return text
    const known = this.#texts.get(text)
    if (known === undefined) this.#texts.set(text, text)
    // The same letters, so of the same type.
    return (known ?? text) as T
  }

  #list(names: readonly string[]): readonly string[] {
    const key = JSON.stringify(names)
    const known = this.#lists.get(key)
    if (known) return known
    const list = names.map((name) => this.#text(name))
    this.#lists.set(key, list)
    return list
  }
}
