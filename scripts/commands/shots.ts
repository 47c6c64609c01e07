import { defineCommand } from '../command-line.ts'

export const command = defineCommand({
  name: 'shots',
  description: `Takes screenshots of every state of the panel, on each ComfyUI frontend, in every palette and
several widths, and names what is too wide. The gallery is shots/index.html.`,
  options: {
    hosts: {
      type: 'text',
      value: 'LIST',
      default: 'all',
      help: 'ComfyUI frontends, separated by commas',
    },
    scenarios: {
      type: 'list',
      value: 'LIST',
      help: 'some scenarios only, such as balances,payments (default: all)',
    },
  },
  examples: ['npm run shots', 'npm run shots -- --hosts 1.58.1 --scenarios balances,payments'],
  async run({ hosts, scenarios }) {
    const { takeScreenshots } = await import('../screenshots.ts')
    await takeScreenshots(hosts, scenarios)
  },
})
