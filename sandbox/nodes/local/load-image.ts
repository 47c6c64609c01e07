import { z } from 'zod'
import { defineNode } from '../define.ts'
import { NodeError } from '../errors.ts'
import { readPicture } from '../picture.ts'

const inputFile = (filename: string) => ({ filename, subfolder: '', type: 'input' }) as const

export const loadImage = defineNode({
  face: {
    name: 'LoadImage',
    displayName: 'Load Image',
    description: 'Reads a PNG image from the input folder.',
    category: 'image',
    required: { image: [[], { image_upload: true }] },
    outputs: [{ name: 'IMAGE', type: 'IMAGE' }],
  },
  inputs: z.object({ image: z.string() }),
  choices: async (images) => ({ image: await images.inputNames() }),
  fingerprint: async (inputs, images) =>
    (await images.version(inputFile(String(inputs['image'])))) ?? 'absent',
  async run({ image }, context) {
    const bytes = await context.images.read(inputFile(image))
    if (!bytes) throw new NodeError(`Invalid image file: ${image}`, 'FileNotFoundError')
    return { outputs: [[readPicture(bytes, image)]] }
  },
})
