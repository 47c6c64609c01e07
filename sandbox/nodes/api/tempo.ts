import { z } from 'zod'
import { defineNode } from '../define.ts'
import { imageBatchSchema } from '../picture.ts'
import type { NodeContext, NodeResult } from '../types.ts'
import { type PartnerResult, askPartner } from './ask-partner.ts'
import { badge, choiceInput, promptInput, seedInput } from './inputs.ts'
import { firstPicture, keepFile, picturesIn } from './result.ts'

const category = 'partner/video/Tempo'
const partner = 'Tempo'
/** The stand-in's videos are a few frames and a storyboard file. */
const videoOutputs = [
  { name: 'frames', type: 'IMAGE' },
  { name: 'file_name', type: 'STRING' },
]

async function video(result: PartnerResult, context: NodeContext): Promise<NodeResult> {
  return { outputs: [picturesIn(result), await keepFile(result, context)] }
}

export const sampleVideo = defineNode({
  face: {
    name: 'SampleVideo',
    displayName: 'Sample Video',
    description: 'Films a prompt; paid by the second.',
    category,
    required: {
      prompt: promptInput('Clouds over the hills'),
      duration: choiceInput(['5', '8', '10']),
      resolution: choiceInput(['720p', '1080p']),
      seed: seedInput,
    },
    outputs: videoOutputs,
    api: {
      partner,
      badge: badge(
        `{
          "type": "usd",
          "usd": widgets.resolution = "1080p" ? 0.12 : 0.07,
          "format": {"suffix": "/second"}
        }`,
        { resolution: 'COMBO' },
      ),
    },
  },
  inputs: z.object({
    prompt: z.string(),
    duration: z.enum(['5', '8', '10']),
    resolution: z.string(),
    seed: z.number().int(),
  }),
  run: async ({ duration, ...inputs }, context) =>
    video(
      await askPartner(context, '/tempo/v1/videos', { ...inputs, duration: Number(duration) }),
      context,
    ),
})

export const sampleVideoFromImage = defineNode({
  face: {
    name: 'SampleVideoFromImage',
    displayName: 'Sample Image to Video',
    description: 'Films an image for as long as there is motion in it; paid by the second.',
    category,
    required: {
      image: ['IMAGE'],
      duration: ['INT', { default: 6, min: 2, max: 10, tooltip: 'At most so many seconds.' }],
    },
    outputs: videoOutputs,
    api: {
      partner,
      badge: badge('{"type": "range_usd", "min_usd": 0.1, "max_usd": 0.5}'),
    },
  },
  inputs: z.object({ image: imageBatchSchema, duration: z.number().int() }),
  run: async ({ image, duration }, context) =>
    video(
      await askPartner(context, '/tempo/v1/videos/from-image', {
        image: firstPicture(image),
        duration,
      }),
      context,
    ),
})
