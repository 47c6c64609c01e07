import { defineCommand } from '../command-line.ts'

export const command = defineCommand({
  name: 'pack',
  description: `Packs the extension into comfyui-credits-VERSION.zip, the files that ComfyUI's registry would
carry. People without Node unpack it into ComfyUI's custom_nodes/comfyui-credits. Builds first if
something changed.`,
  examples: ['npm run pack'],
  async run() {
    const { pack } = await import('../pack.ts')
    await pack()
  },
})
