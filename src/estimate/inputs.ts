import { asArray, asRecord } from './json.ts'
import { readInputs, type InputSpec } from './object-info.ts'

const DYNAMIC_COMBO = 'COMFY_DYNAMICCOMBO_V3'
const AUTOGROW = 'COMFY_AUTOGROW_V3'

export const isAutogrow = ({ type }: InputSpec): boolean => type === AUTOGROW

const WIDGET_TYPES = new Set([
  'INT',
  'FLOAT',
  'BOOLEAN',
  'STRING',
  'COMBO',
  DYNAMIC_COMBO,
  'BOUNDING_BOX',
  'CHART',
  'COLOR',
  'CURVE',
  'GALLERIA',
  'IMAGECOMPARE',
  'MARKDOWN',
  'RANGE',
  'TEXTAREA',
])

/** Whether the input is a widget. The others only have a slot for a link. */
export function isWidget({ type, config }: InputSpec): boolean {
  return (WIDGET_TYPES.has(type) || config['socketless'] === true) && config['forceInput'] !== true
}

/**
 * The inputs that the choice of a dynamic combo adds. Undefined where the input is not one,
 * null where it does not offer that value.
 */
export function inputsOfChoice(
  { type, config }: InputSpec,
  value: unknown,
): readonly InputSpec[] | null | undefined {
  if (type !== DYNAMIC_COMBO) return undefined
  return dynamicChoices(config).get(String(value)) ?? null
}

/** Read once for each node type, because each estimate asks for each node. */
const readChoices = new WeakMap<InputSpec['config'], ReadonlyMap<string, readonly InputSpec[]>>()

function dynamicChoices(config: InputSpec['config']): ReadonlyMap<string, readonly InputSpec[]> {
  const known = readChoices.get(config)
  if (known) return known
  const choices = new Map(
    asArray(config['options']).flatMap((option): [string, InputSpec[]][] => {
      const { key, inputs } = asRecord(option)
      return typeof key === 'string' ? [[key, readInputs(inputs)]] : []
    }),
  )
  readChoices.set(config, choices)
  return choices
}

/** The value a widget has when nobody set it. */
export function defaultOf(spec: InputSpec): unknown {
  const preset = spec.config['default']
  if (preset !== undefined) return preset
  return choicesOf(spec)?.[0] ?? EMPTY.get(spec.type)
}

/** What ComfyUI's widgets start with where a node names no default. */
const EMPTY = new Map<string, unknown>([
  ['INT', 0],
  ['FLOAT', 0],
  ['BOOLEAN', false],
  ['STRING', ''],
])

/** What can be chosen; null where anything can, or where the list is not in the file. */
export function choicesOf(spec: InputSpec): readonly unknown[] | null {
  if (spec.type === DYNAMIC_COMBO) return [...dynamicChoices(spec.config).keys()]
  const isRemote = spec.config['remote'] !== undefined
  return spec.choices && spec.choices.length > 0 && !isRemote ? spec.choices : null
}

type ValueOf = (name: string) => unknown

/** By the inputs of a node type, and by the choices of its dynamic combos. */
const readActive = new WeakMap<readonly InputSpec[], Map<string, ReadonlyMap<string, InputSpec>>>()

/** All inputs as the widgets are set, by their full names. `valueOf` is asked for dynamic combos. */
export function activeInputs(
  specs: readonly InputSpec[],
  valueOf: ValueOf,
): ReadonlyMap<string, InputSpec> {
  const byChoices = readActive.get(specs) ?? new Map<string, ReadonlyMap<string, InputSpec>>()
  readActive.set(specs, byChoices)
  const choices = choicesIn(specs, valueOf)
  const known = byChoices.get(choices)
  if (known) return known
  const active = new Map<string, InputSpec>()
  addActive(active, specs, valueOf)
  byChoices.set(choices, active)
  return active
}

function addActive(
  active: Map<string, InputSpec>,
  specs: readonly InputSpec[],
  valueOf: ValueOf,
  prefix = '',
): void {
  for (const spec of specs) {
    const name = prefix + spec.name
    active.set(name, spec)
    if (spec.type === DYNAMIC_COMBO) {
      addActive(active, chosenInputs(spec, name, valueOf), valueOf, `${name}.`)
    }
  }
}

function chosenInputs(spec: InputSpec, name: string, valueOf: ValueOf): readonly InputSpec[] {
  return inputsOfChoice(spec, valueOf(name) ?? defaultOf(spec)) ?? []
}

/** Of its dynamic combos, and of those that their choices add. */
function choicesIn(specs: readonly InputSpec[], valueOf: ValueOf, prefix = ''): string {
  let choices = ''
  for (const spec of specs) {
    if (spec.type !== DYNAMIC_COMBO) continue
    const name = prefix + spec.name
    const inner = chosenInputs(spec, name, valueOf)
    choices += `${JSON.stringify(String(valueOf(name) ?? defaultOf(spec)))}(${choicesIn(inner, valueOf, `${name}.`)})`
  }
  return choices
}
