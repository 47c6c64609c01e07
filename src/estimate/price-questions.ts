import { badgeContext, booleanOf, finiteNumber } from './badge-context.ts'
import type { BadgeQuestion } from './badge-questions.ts'
import { knownInput } from './constants.ts'
import { activeInputs, choicesOf, defaultOf, isWidget } from './inputs.ts'
import type { InputSpec, NodeInfo } from './object-info.ts'
import type { Prompt, PromptNode } from './prompt.ts'
import type { KnownWidgets } from './quantity.ts'
import type { Reason } from './reason.ts'

/** What to ask for a node's price. Several questions where a widget is set only in the run. */
export type PriceInquiry =
  | {
      readonly questions: readonly BadgeQuestion[]
      /** All of them; only a price by unit needs it. */
      readonly widgets: () => KnownWidgets
      /** A text that the price depends on, and that is not written yet. */
      readonly emptyText: string | null
    }
  | { readonly reason: Reason }

/** Widgets that only the run sets are tried with each of their values, up to so many. */
const MAX_QUESTIONS = 64

export function inquire(node: PromptNode, info: NodeInfo, prompt: Prompt): PriceInquiry {
  const { badge } = info
  if (badge === null) return { reason: { code: 'no-price-badge' } }
  if (badge === 'unreadable' || badge.engine !== 'jsonata') {
    return { reason: { code: 'badge-not-understood' } }
  }
  const found = new NodeWidgets(node, info, prompt)
  let trials: unknown[][] = [[]]
  for (const { name } of badge.widgets) {
    const values = found.possibleValues(name)
    if ('reason' in values) return values
    if (trials.length * values.length > MAX_QUESTIONS) return { reason: found.linkedReason(name) }
    trials = withEach(trials, values)
  }
  const connected = new Set(node.links.keys())
  const [first] = trials
  return {
    questions: trials.map((trial) => ({
      expression: badge.expression,
      context: badgeContext(badge, (_name, place) => trial[place], connected),
    })),
    widgets: () => found.known(),
    emptyText:
      badge.widgets.find(({ type }, place) => isEmptyText(type, first?.[place]))?.name ?? null,
  }
}

/** Values of the badge's widgets, in their order. */
function withEach(trials: unknown[][], values: readonly unknown[]): unknown[][] {
  if (values.length !== 1) {
    return trials.flatMap((trial) => values.map((value) => [...trial, value]))
  }
  for (const trial of trials) trial.push(values[0])
  return trials
}

const isEmptyText = (type: string, value: unknown): boolean => type === 'STRING' && value === ''

/** A node's widgets as its type defines them now, which may not be how they were saved. */
class NodeWidgets {
  private readonly specs: ReadonlyMap<string, InputSpec>

  constructor(
    private readonly node: PromptNode,
    info: NodeInfo,
    private readonly prompt: Prompt,
  ) {
    this.specs = activeInputs(info.inputs, (name) => knownInput(node, name, prompt)?.value)
  }

  /** One value where it is known before the run. */
  possibleValues(name: string): readonly unknown[] | { readonly reason: Reason } {
    const spec = this.specs.get(name)
    const known = knownInput(this.node, name, this.prompt)
    if (known) return this.checked(name, known.value, spec)
    if (this.node.links.has(name)) {
      return spec ? (everyValue(spec) ?? { reason: this.linkedReason(name) }) : [null]
    }
    if (!spec) return this.node.isComplete ? [null] : { reason: { code: 'saved-by-other-version' } }
    return this.node.isComplete ? [defaultOf(spec)] : { reason: { code: 'saved-by-other-version' } }
  }

  /** For quantities: a widget that only the run sets has no value. */
  known(): KnownWidgets {
    const names = new Set([...this.specs].flatMap(([name, spec]) => (isWidget(spec) ? name : [])))
    return new Map(
      [...names, ...this.node.values.keys()].map((name) => {
        const spec = this.specs.get(name)
        const known = knownInput(this.node, name, this.prompt)
        const isLinked = this.node.links.has(name)
        return [name, known ? known.value : isLinked || !spec ? undefined : defaultOf(spec)]
      }),
    )
  }

  linkedReason(widget: string): Reason {
    const nodeId = this.node.links.get(widget)?.nodeId ?? ''
    return { code: 'widget-from-node', widget, nodeId }
  }

  private checked(
    widget: string,
    value: unknown,
    spec: InputSpec | undefined,
  ): readonly unknown[] | { readonly reason: Reason } {
    return !spec || isOffered(spec, value)
      ? [value]
      : { reason: { code: 'value-not-offered', widget, value: String(value) } }
  }
}

/** The server refuses other values, and an expression takes them for some other model. */
function isOffered(spec: InputSpec, value: unknown): boolean {
  if (spec.type === 'INT' || spec.type === 'FLOAT') return finiteNumber(value) !== null
  if (spec.type === 'BOOLEAN') return booleanOf(value) !== null
  const choices = choicesOf(spec)
  return choices === null || choices.some((choice) => String(choice) === String(value))
}

function everyValue(spec: InputSpec): readonly unknown[] | null {
  if (spec.type === 'BOOLEAN') return [true, false]
  if (spec.type === 'COMBO') return choicesOf(spec)
  if (spec.type !== 'INT') return null
  const { min, max, step } = spec.config
  const [low, high, by] = [finiteNumber(min), finiteNumber(max), finiteNumber(step) ?? 1]
  if (low === null || high === null || by < 1) return null
  const count = Math.floor((high - low) / by) + 1
  return count > 0 && count <= MAX_QUESTIONS
    ? Array.from({ length: count }, (_, index) => low + index * by)
    : null
}
