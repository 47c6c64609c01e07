import { defineCommand } from '../command-line.ts'

export const command = defineCommand({
  name: 'picture',
  description: "Retakes the README's picture, docs/panel.png, in a sandbox with a few runs.",
  examples: ['npm run picture'],
  async run() {
    const { makePicture } = await import('../picture.ts')
    await makePicture()
  },
})
