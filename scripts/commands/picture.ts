import { defineCommand } from '../command-line.ts'

export const command = defineCommand({
  name: 'picture',
  description:
    "Takes the README's picture, docs/panel.png, of a running sandbox with a few runs in it.",
  examples: ['npm run picture'],
  async run() {
    const { makePicture } = await import('../picture.ts')
    await makePicture()
  },
})
