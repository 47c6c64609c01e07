import type { InputSpec, PriceBadge } from '../types.ts'

export const promptInput = (value: string): InputSpec => [
  'STRING',
  { default: value, multiline: true, tooltip: 'What to make.' },
]

export const seedInput: InputSpec = [
  'INT',
  { default: 1, min: 0, max: 2_147_483_647, control_after_generate: true },
]

/** `values` to choose from; the first is the default unless another is named. */
export function choiceInput(values: readonly string[], preset = values[0]): InputSpec {
  return ['COMBO', { options: values, default: preset, multiselect: false }]
}

/** A price badge; `widgets` are the names and types that its expression reads. */
export function badge(
  expr: string,
  widgets: Readonly<Record<string, 'COMBO' | 'INT' | 'BOOLEAN'>> = {},
): PriceBadge {
  return {
    engine: 'jsonata',
    expr,
    depends_on: {
      widgets: Object.entries(widgets).map(([name, type]) => ({ name, type })),
      inputs: [],
      input_groups: [],
    },
  }
}
