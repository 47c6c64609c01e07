import { resolve } from 'node:path'
import { defineCommand } from '../command-line.ts'

export const command = defineCommand({
  name: 'install-into',
  description: `Puts the extension into a ComfyUI on this machine: custom_nodes/comfyui-credits in DIR, the folder
that holds main.py. Replaces an earlier copy and touches nothing else. Builds first if something
changed. Restart ComfyUI afterwards.`,
  arguments: {
    value: 'DIR',
    atMost: 1,
    missing: 'Name the folder of ComfyUI, the one that holds main.py.',
  },
  examples: ['npm run install-into -- ~/ComfyUI'],
  async run(_, [dir = '']) {
    const { ensureExtension } = await import('../../build/extension.ts')
    const { installInto } = await import('../install.ts')
    const extension = await ensureExtension()
    const installed = await installInto(resolve(dir), extension.dir)
    console.log(`Installed into ${installed}. Restart ComfyUI to load it.`)
  },
})
