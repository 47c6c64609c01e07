import { z } from 'zod'
import { defineNode } from '../define.ts'
import { imageBatchSchema } from '../picture.ts'
import { askPartner } from './ask-partner.ts'
import { badge, choiceInput, promptInput, seedInput } from './inputs.ts'
import { firstPicture, picturesIn } from './result.ts'

const category = 'partner/image/Aurora'
const partner = 'Aurora'
const imageOutput = { name: 'IMAGE', type: 'IMAGE' }

export const sampleImage = defineNode({
  face: {
    name: 'SampleImage',
    displayName: 'Sample Image',
    description: 'Draws up to four images and answers at once.',
    category,
    required: {
      prompt: promptInput('A quiet valley at dawn'),
      quality: choiceInput(['low', 'medium', 'high']),
      n: ['INT', { default: 1, min: 1, max: 4 }],
      seed: seedInput,
    },
    outputs: [imageOutput],
    api: {
      partner,
      badge: badge(
        `(
          $each := widgets.quality = "high" ? 0.19 : widgets.quality = "medium" ? 0.05 : 0.02;
          {"type": "usd", "usd": $round($each * widgets.n, 2)}
        )`,
        { quality: 'COMBO', n: 'INT' },
      ),
    },
  },
  inputs: z.object({
    prompt: z.string(),
    quality: z.string(),
    n: z.number().int(),
    seed: z.number().int(),
  }),
  run: async (inputs, context) => ({
    outputs: [picturesIn(await askPartner(context, '/aurora/v1/images', inputs))],
  }),
})

export const sampleImageUltra = defineNode({
  face: {
    name: 'SampleImageUltra',
    displayName: 'Sample Image Ultra',
    description: 'Draws one image; a job that is asked after until it is done.',
    category,
    required: {
      prompt: promptInput('A quiet valley at dawn'),
      aspect_ratio: choiceInput(['16:9', '4:3', '1:1', '3:4', '9:16']),
      seed: seedInput,
    },
    outputs: [imageOutput],
    api: { partner, badge: badge('{"type": "usd", "usd": 0.06}') },
  },
  inputs: z.object({
    prompt: z.string(),
    aspect_ratio: z.string(),
    seed: z.number().int(),
  }),
  run: async (inputs, context) => ({
    outputs: [picturesIn(await askPartner(context, '/aurora/v1/images/ultra', inputs))],
  }),
})

export const sampleImageEdit = defineNode({
  face: {
    name: 'SampleImageEdit',
    displayName: 'Sample Image Edit',
    description: 'Puts an image in another light.',
    category,
    required: {
      image: ['IMAGE'],
      prompt: promptInput('By moonlight'),
      strength: ['FLOAT', { default: 0.6, min: 0, max: 1, step: 0.05 }],
    },
    outputs: [imageOutput],
    api: {
      partner,
      badge: badge('{"type": "usd", "usd": 0.04, "format": {"suffix": "/Image"}}'),
    },
  },
  inputs: z.object({ image: imageBatchSchema, prompt: z.string(), strength: z.number() }),
  run: async ({ image, prompt, strength }, context) => ({
    outputs: [
      picturesIn(
        await askPartner(context, '/aurora/v1/edits', {
          image: firstPicture(image),
          prompt,
          strength,
        }),
      ),
    ],
  }),
})

/** The one API node without a price badge: its price depends on the image's size. */
export const sampleUpscale = defineNode({
  face: {
    name: 'SampleUpscale',
    displayName: 'Sample Upscale',
    description: 'Enlarges an image; paid by its megapixels.',
    category,
    required: { image: ['IMAGE'], factor: choiceInput(['2', '4']) },
    outputs: [imageOutput],
    api: { partner, badge: null },
  },
  inputs: z.object({ image: imageBatchSchema, factor: z.enum(['2', '4']) }),
  run: async ({ image, factor }, context) => ({
    outputs: [
      picturesIn(
        await askPartner(context, '/aurora/v1/upscale', {
          image: firstPicture(image),
          factor: Number(factor),
        }),
      ),
    ],
  }),
})
