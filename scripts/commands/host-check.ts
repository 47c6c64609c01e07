import { NEWEST_FRONTEND } from '../../sandbox/frontend/versions.ts'
import { defineCommand } from '../command-line.ts'

export const command = defineCommand({
  name: 'host:check',
  description: `Opens a real ComfyUI frontend in a browser and lists what the extension needs of it: where each was
found, or what is missing. Fails if the extension could not start there.`,
  options: {
    'host-version': {
      type: 'text',
      value: 'V',
      default: NEWEST_FRONTEND,
      help: 'the ComfyUI frontend, 1.40 or newer',
    },
    all: {
      type: 'flag',
      help: 'the main job in one build of each minor version, fetched as needed',
    },
  },
  examples: [
    'npm run host:check',
    'npm run host:check -- --host-version 1.50.6',
    'npm run host:check -- --all',
  ],
  async run(options) {
    if (options.all) {
      const { checkAllHosts } = await import('../host-smoke.ts')
      await checkAllHosts()
      return
    }
    const { checkHost } = await import('../host-check.ts')
    await checkHost(options['host-version'])
  },
})
