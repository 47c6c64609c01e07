import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { defineNode } from '../define.ts'
import { Interrupted } from '../errors.ts'
import { imageBatchSchema } from '../picture.ts'

export const sampleSleep = defineNode({
  face: {
    name: 'SampleSleep',
    displayName: 'Sample Sleep',
    description: 'Holds the image back for a while; a local node to interrupt.',
    category: 'sandbox',
    required: {
      image: ['IMAGE'],
      seconds: ['FLOAT', { default: 3, min: 0, max: 600, step: 0.5 }],
    },
    outputs: [{ name: 'IMAGE', type: 'IMAGE' }],
  },
  inputs: z.object({ image: imageBatchSchema, seconds: z.number().min(0).max(600) }),
  async run({ image, seconds }, context) {
    try {
      await wait(seconds * 1000, undefined, { signal: context.signal })
    } catch (error) {
      // The wait can only be ended by its signal.
      throw new Interrupted('The run was interrupted.', { cause: error })
    }
    return { outputs: [image] }
  },
})
