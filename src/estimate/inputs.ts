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
  return WIDGET_TYPES.has(type) && config['forceInput'] !== true
}

/**
 * The inputs that the choice of a dynamic combo adds. Undefined where the input is no dynamic combo,
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
  return choicesOf(spec)?.[0]
}

/** What can be chosen; null where anything can, or where the list is not in the file. */
export function choicesOf(spec: InputSpec): readonly unknown[] | null {
  if (spec.type === DYNAMIC_COMBO) return [...dynamicChoices(spec.config).keys()]
  const isRemote = spec.config['remote'] !== undefined
  return spec.choices && spec.choices.length > 0 && !isRemote ? spec.choices : null
}

/** All inputs as the widgets are set, by their full names. `valueOf` is asked for dynamic combos. */
export function activeInputs(
  specs: readonly InputSpec[],
  valueOf: (name: string) => unknown,
): ReadonlyMap<string, InputSpec> {
  const active = new Map<string, InputSpec>()
  const add = (group: readonly InputSpec[], prefix: string) => {
    for (const spec of group) {
      const name = prefix + spec.name
      active.set(name, spec)
      if (spec.type !== DYNAMIC_COMBO) continue
      add(inputsOfChoice(spec, valueOf(name) ?? defaultOf(spec)) ?? [], `${name}.`)
    }
  }
  add(specs, '')
  return active
}
