import { z } from 'zod'
import { defineNode } from '../define.ts'
import { NodeError } from '../errors.ts'

const textOutput = { name: 'STRING', type: 'STRING' }

export const primitiveString = defineNode({
  face: {
    name: 'PrimitiveString',
    displayName: 'Text',
    description: 'A line of text.',
    category: 'utilities/primitive',
    required: { value: ['STRING', { default: '' }] },
    outputs: [textOutput],
  },
  inputs: z.object({ value: z.string() }),
  run: async ({ value }) => ({ outputs: [value] }),
})

export const primitiveStringMultiline = defineNode({
  face: {
    name: 'PrimitiveStringMultiline',
    displayName: 'Text (Multiline)',
    description: 'Text of several lines.',
    category: 'utilities/primitive',
    required: { value: ['STRING', { default: '', multiline: true }] },
    outputs: [textOutput],
  },
  inputs: z.object({ value: z.string() }),
  run: async ({ value }) => ({ outputs: [value] }),
})

const optionalText = ['STRING', { default: '', multiline: false }] as const

/** A list output makes the node behind it run once for each item, all under one node id. */
export const sampleTextList = defineNode({
  face: {
    name: 'SampleTextList',
    displayName: 'Sample Text List',
    description: 'Up to four texts as a list; empty ones are left out.',
    category: 'sandbox',
    required: { text_1: optionalText, text_2: optionalText },
    optional: { text_3: optionalText, text_4: optionalText },
    outputs: [{ ...textOutput, isList: true }],
  },
  inputs: z.object({
    text_1: z.string(),
    text_2: z.string(),
    text_3: z.string().default(''),
    text_4: z.string().default(''),
  }),
  async run(inputs) {
    const texts = Object.values(inputs).filter((text) => text.trim() !== '')
    if (texts.length === 0) throw new NodeError('The list has no text in it.', 'ValueError')
    return { outputs: [texts] }
  },
})

export const previewAny = defineNode({
  face: {
    name: 'PreviewAny',
    displayName: 'Preview as Text',
    description: 'Shows what comes in as text.',
    category: 'utilities',
    required: { source: ['*', {}] },
    outputs: [textOutput],
    isOutput: true,
  },
  inputs: z.object({ source: z.unknown() }),
  async run({ source }) {
    const text = typeof source === 'string' ? source : describe(source)
    return { outputs: [text], ui: { text: [text] } }
  },
})

function describe(value: unknown): string {
  if (Array.isArray(value)) return `${value.length} image(s)`
  return JSON.stringify(value) ?? 'None'
}
