import { z } from 'zod'
import { defineNode } from '../define.ts'
import { askPartner } from './ask-partner.ts'
import { badge, promptInput } from './inputs.ts'
import { keepFile, picturesIn } from './result.ts'

export const sampleModel3d = defineNode({
  face: {
    name: 'SampleModel3D',
    displayName: 'Sample 3D Model',
    description: 'Shapes a model (an OBJ file in the output folder) and a render of it.',
    category: 'partner/3d/Forma',
    required: {
      prompt: promptInput('A glazed pot'),
      texture: ['BOOLEAN', { default: false }],
    },
    outputs: [
      { name: 'render', type: 'IMAGE' },
      { name: 'file_name', type: 'STRING' },
    ],
    api: {
      partner: 'Forma',
      badge: badge('{"type": "usd", "usd": widgets.texture ? 0.8 : 0.4}', { texture: 'BOOLEAN' }),
    },
  },
  inputs: z.object({ prompt: z.string(), texture: z.boolean() }),
  async run(inputs, context) {
    const result = await askPartner(context, '/forma/v1/models', inputs)
    return { outputs: [picturesIn(result), await keepFile(result, context)] }
  },
})
