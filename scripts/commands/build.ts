import { relative } from 'node:path'
import process from 'node:process'
import { defineCommand } from '../command-line.ts'

export const command = defineCommand({
  name: 'build',
  description: 'Builds the extension into dist/, where ComfyUI and the sandbox load it from.',
  examples: ['npm run build'],
  async run() {
    const { buildExtension, EXTENSION_DIR } = await import('../../build/extension.ts')
    await buildExtension()
    console.log(`Built into ${relative(process.cwd(), EXTENSION_DIR)}/.`)
  },
})
