import type { OutputRef, Prompt, PromptNode } from './prompt.ts'

/** What an output is known to give before the run; null where only the run shows it. */
export type Known = { readonly value: unknown } | null

/** A chain longer than this is a loop. */
const MAX_CHAIN = 100

function knownOutput({ nodeId, output }: OutputRef, prompt: Prompt, chain = 0): Known {
  const node = prompt.get(nodeId)
  const rule = node && rules.get(node.type)
  if (!rule || chain > MAX_CHAIN) return null
  return rule({ node, output, input: (name) => knownInput(node, name, prompt, chain + 1) })
}

export function knownInput(node: PromptNode, name: string, prompt: Prompt, chain = 0): Known {
  const link = node.links.get(name)
  if (link) return knownOutput(link, prompt, chain)
  return node.values.has(name) ? { value: node.values.get(name) } : null
}

interface Asked {
  readonly node: PromptNode
  readonly output: number
  readonly input: (name: string) => Known
}

type Rule = (asked: Asked) => Known

const passValue: Rule = ({ input }) => input('value')

/** ComfyUI's nodes, and the most used of others, whose output follows from widgets. */
const rules = new Map<string, Rule>([
  ['PrimitiveBoolean', passValue],
  ['PrimitiveFloat', passValue],
  ['PrimitiveInt', passValue],
  ['PrimitiveString', passValue],
  ['PrimitiveStringMultiline', passValue],
  ['BOOLConstant', passValue],
  ['FloatConstant', passValue],
  ['INTConstant', passValue],
  ['StringConstant', ({ input }) => input('string')],
  ['StringConstantMultiline', ({ input }) => input('string')],
  ['CustomCombo', ({ output, input }) => input(output === 0 ? 'choice' : 'index')],
  ['StringCompare', compareTexts],
  ['ComfySwitchNode', ({ input }) => switched(input)],
])

/** Both ends of a switch, as it is set. Null while that is not known. */
export function takenInput(node: PromptNode, prompt: Prompt): string | null {
  if (node.type !== 'ComfySwitchNode') return null
  return switchInput((name) => knownInput(node, name, prompt))
}

function switchInput(input: Asked['input']): string | null {
  const known = input('switch')
  if (typeof known?.value !== 'boolean') return null
  return known.value ? 'on_true' : 'on_false'
}

function switched(input: Asked['input']): Known {
  const taken = switchInput(input)
  return taken === null ? null : input(taken)
}

const comparisons = new Map<unknown, (a: string, b: string) => boolean>([
  ['Starts With', (a, b) => a.startsWith(b)],
  ['Ends With', (a, b) => a.endsWith(b)],
  ['Equal', (a, b) => a === b],
])

function compareTexts({ input }: Asked): Known {
  const [a, b] = [input('string_a')?.value, input('string_b')?.value]
  const compare = comparisons.get(input('mode')?.value)
  const isCaseSensitive = input('case_sensitive')?.value
  if (typeof a !== 'string' || typeof b !== 'string' || !compare) return null
  if (typeof isCaseSensitive !== 'boolean') return null
  return {
    value: isCaseSensitive ? compare(a, b) : compare(a.toLowerCase(), b.toLowerCase()),
  }
}
