import { z } from 'zod'
import { defineNode } from '../define.ts'
import { imageBatchSchema } from '../picture.ts'
import { askPartner } from './ask-partner.ts'
import { badge, choiceInput, promptInput } from './inputs.ts'
import { firstPicture, textIn } from './result.ts'

const category = 'partner/text/Lexis'
const partner = 'Lexis'
const textOutput = { name: 'STRING', type: 'STRING' }

export const sampleChat = defineNode({
  face: {
    name: 'SampleChat',
    displayName: 'Sample Chat',
    description: 'Answers in writing; paid by tokens in and out.',
    category,
    required: {
      prompt: promptInput('How do I begin?'),
      model: choiceInput(['lexis-small', 'lexis-large']),
      max_tokens: ['INT', { default: 1024, min: 1, max: 8192 }],
    },
    outputs: [textOutput],
    api: {
      partner,
      badge: badge(
        `{
          "type": "list_usd",
          "usd": widgets.model = "lexis-large" ? [1.25, 10] : [0.25, 1],
          "format": {"approximate": true, "separator": "-", "suffix": " per 1M tokens"}
        }`,
        { model: 'COMBO' },
      ),
    },
  },
  inputs: z.object({ prompt: z.string(), model: z.string(), max_tokens: z.number().int() }),
  run: async (inputs, context) => ({
    outputs: [textIn(await askPartner(context, '/lexis/v1/chat', inputs))],
  }),
})

export const sampleVision = defineNode({
  face: {
    name: 'SampleVision',
    displayName: 'Sample Describe Image',
    description: 'Says what is in an image; paid by tokens, of which an image has many.',
    category,
    required: { image: ['IMAGE'], prompt: promptInput('What do you see?') },
    outputs: [textOutput],
    api: { partner, badge: badge('{"type": "text", "text": "Token-based"}') },
  },
  inputs: z.object({ image: imageBatchSchema, prompt: z.string() }),
  run: async ({ image, prompt }, context) => ({
    outputs: [
      textIn(await askPartner(context, '/lexis/v1/vision', { image: firstPicture(image), prompt })),
    ],
  }),
})
