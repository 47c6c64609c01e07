import type { BadgeEvaluator } from './badge-questions.ts'
import { estimate, type Estimate, type EstimateOptions } from './estimate.ts'
import { asArray, asRecord, asText } from './json.ts'
import type { ObjectInfo } from './object-info.ts'
import { PriceMemory } from './price-memory.ts'
import type { Prompt } from './prompt.ts'
import { readPrompt } from './read-prompt.ts'
import { ReadingMemory } from './reading-memory.ts'
import { Turn } from './turn.ts'

interface Estimated {
  readonly prompt: Prompt
  readonly estimate: Estimate
}

/** Estimates a workflow that changes, and does again only what its changes ask for. */
export class Estimator {
  private readonly reading = new ReadingMemory()
  private readonly prices = new PriceMemory()

  constructor(private readonly objectInfo: ObjectInfo) {}

  /** Throws an EstimateInputError. */
  async estimate(
    json: unknown,
    evaluator: BadgeEvaluator,
    optionsOf: (prompt: Prompt) => EstimateOptions | Promise<EstimateOptions> = () => ({}),
  ): Promise<Estimated> {
    // It starts while the workflow is read.
    if (this.hasBadge(json)) evaluator.prepare?.()
    const turn = new Turn()
    const prompt = readPrompt(json, this.objectInfo, this.reading)
    if (turn.isLong()) await turn.end()
    const options = { turn, ...(await optionsOf(prompt)), memory: this.prices }
    return { prompt, estimate: await estimate(prompt, this.objectInfo, evaluator, options) }
  }

  /** Names of the settings of its partner nodes. */
  settingsOf(prompt: Prompt): readonly string[] {
    const names = [...prompt.values()].flatMap((node) => {
      const info = this.objectInfo.node(node.type)
      const costs = info !== null && (info.isApiNode || info.badge !== null)
      return costs ? (this.prices.settingsOf(node, info, prompt) ?? []) : []
    })
    return [...new Set(names)]
  }

  /** Of the outermost graph: what is in subgraphs is found when it is read. */
  private hasBadge(json: unknown): boolean {
    const types = new Set(asArray(asRecord(json)['nodes']).map((node) => asRecord(node)['type']))
    return [...types].some((type) => {
      const info = asText(type) === null ? null : this.objectInfo.node(String(type))
      return info !== null && info.badge !== null
    })
  }
}
