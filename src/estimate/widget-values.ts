import { asArray, isRecord } from './json.ts'
import { defaultOf, inputsOfChoice, isAutogrow, isWidget } from './inputs.ts'
import type { InputSpec, NodeInfo } from './object-info.ts'
import type { SavedNode } from './workflow-file.ts'

export interface SavedWidgets {
  readonly values: ReadonlyMap<string, unknown>
  /** See PromptNode. */
  readonly isComplete: boolean
  readonly mayChange: boolean
}

/** ComfyUI adds this widget after a seed. It is saved, but the server never sees it. */
const CONTROL_MODES = new Set<unknown>([
  'fixed',
  'increment',
  'increment-wrap',
  'decrement',
  'randomize',
])
/** Whether one of these values is a control that changes its widget after each run. */
export const hasMovingControl = (values: Iterable<unknown>): boolean =>
  [...values].some((value) => value !== 'fixed' && CONTROL_MODES.has(value))

const SEEDS = new Set(['seed', 'noise_seed'])

/** A saved node lists the values of its widgets, mostly without their names. */
export function savedWidgets(node: SavedNode, info: NodeInfo | null): SavedWidgets {
  const { widgets, namedWidgets } = node
  if (isRecord(widgets)) return complete(Object.entries(widgets))
  if (namedWidgets && agree(asArray(widgets), namedWidgets)) {
    return complete(Object.entries(namedWidgets))
  }
  return info
    ? new WidgetReader(asArray(widgets), node).read(info.inputs)
    : complete(Object.entries(namedWidgets ?? {}))
}

function complete(entries: Iterable<readonly [string, unknown]>): SavedWidgets {
  const values = new Map(entries)
  return { values, isComplete: true, mayChange: hasMovingControl(values.values()) }
}

/**
 * Newer frontends save names too, but load by position. Both lists are of one save unless another
 * program changed one of them.
 */
function agree(widgets: readonly unknown[], named: Readonly<Record<string, unknown>>): boolean {
  const values = Object.values(named)
  return (
    values.length === widgets.length &&
    values.every((value, index) => JSON.stringify(value) === JSON.stringify(widgets[index]))
  )
}

/** Gives names to values by their position, as ComfyUI does when it loads a file. */
class WidgetReader {
  private next = 0
  private isComplete = true
  private readonly values = new Map<string, unknown>()

  constructor(
    private readonly saved: readonly unknown[],
    private readonly node: SavedNode,
  ) {}

  read(specs: readonly InputSpec[]): SavedWidgets {
    this.readGroup(specs, '')
    return {
      values: this.values,
      isComplete: this.isComplete,
      mayChange: hasMovingControl(this.saved),
    }
  }

  private readGroup(specs: readonly InputSpec[], prefix: string): void {
    for (const spec of specs) {
      const name = prefix + spec.name
      if (isAutogrow(spec)) this.readGrown(name)
      else if (isWidget(spec) || this.isShownAsWidget(spec, name)) this.readWidget(spec, name)
      if (!this.isComplete) return
    }
  }

  private readWidget(spec: InputSpec, name: string): void {
    const isSaved = this.next < this.saved.length
    const value = isSaved ? this.saved[this.next] : defaultOf(spec)
    this.next += 1
    this.values.set(name, value)
    if (isControlled(spec)) this.skipControl(spec)
    const inner = inputsOfChoice(spec, value)
    if (inner) this.readGroup(inner, `${name}.`)
    // Nobody knows which widgets an unknown choice has, so the positions after it mean nothing.
    else if (inner === null) this.isComplete = false
  }

  private skipControl({ type }: InputSpec): void {
    if (!CONTROL_MODES.has(this.saved[this.next])) return
    this.next += 1
    // A list of values gets a second one, the filter of what may be drawn.
    if (type === 'COMBO' && typeof this.saved[this.next] === 'string') this.next += 1
  }

  /** Extensions bring widgets for types of their own: the file says which inputs have one. */
  private isShownAsWidget({ config }: InputSpec, name: string): boolean {
    return (
      config['forceInput'] !== true &&
      this.node.inputs.some((input) => input.isWidget && input.name === name)
    )
  }

  /** An input that grows has as many widgets as the saved node has slots for. */
  private readGrown(group: string): void {
    for (const { name, isWidget: hasWidget } of this.node.inputs) {
      if (!hasWidget || !name.startsWith(`${group}.`)) continue
      this.values.set(name, this.saved[this.next])
      this.next += 1
    }
  }
}

function isControlled({ name, type, config }: InputSpec): boolean {
  const asked = config['control_after_generate']
  return asked === undefined ? type === 'INT' && SEEDS.has(name) : asked !== false
}
