import { z } from 'zod'
import { defineNode } from '../define.ts'
import { NodeError } from '../errors.ts'
import type { StoredFile } from '../image-store.ts'
import { type ImageBatch, imageBatchSchema } from '../picture.ts'
import type { NodeContext } from '../types.ts'

async function store(
  type: 'output' | 'temp',
  prefix: string,
  images: ImageBatch,
  context: NodeContext,
): Promise<StoredFile[]> {
  const stored: StoredFile[] = []
  for (const image of images) {
    const file = await context.images.save(type, prefix, image.png)
    if (!file) throw new NodeError(`Saving outside the output folder is not allowed: ${prefix}`)
    stored.push(file)
  }
  return stored
}

export const previewImage = defineNode({
  face: {
    name: 'PreviewImage',
    displayName: 'Preview Image',
    description: 'Shows the images without keeping them.',
    category: 'image',
    required: { images: ['IMAGE'] },
    outputs: [],
    isOutput: true,
  },
  inputs: z.object({ images: imageBatchSchema }),
  run: async ({ images }, context) => ({
    outputs: [],
    ui: { images: await store('temp', 'ComfyUI_temp', images, context) },
  }),
})

export const saveImage = defineNode({
  face: {
    name: 'SaveImage',
    displayName: 'Save Image',
    description: 'Saves the images in the output folder.',
    category: 'image',
    required: {
      images: ['IMAGE', { tooltip: 'The images to save.' }],
      filename_prefix: [
        'STRING',
        { default: 'ComfyUI', tooltip: 'Beginning of the file name; may name a subfolder.' },
      ],
    },
    outputs: [],
    isOutput: true,
  },
  inputs: z.object({ images: imageBatchSchema, filename_prefix: z.string().min(1) }),
  run: async ({ images, filename_prefix: prefix }, context) => ({
    outputs: [],
    ui: { images: await store('output', prefix, images, context) },
  }),
})
