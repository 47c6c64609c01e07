import { defineCommand } from '../command-line.ts'

export const command = defineCommand({
  name: 'shots',
  description: `Takes screenshots of every state of the panel, on each ComfyUI frontend, in every palette and
several widths, and names what is too wide. The gallery is shots/index.html.
With --panel it takes those of \`npm run dev\`, without ComfyUI: faster, and in every language.`,
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
    panel: { type: 'flag', help: 'the states of the development page' },
    states: { type: 'list', value: 'LIST', help: 'with --panel: some states (default: all)' },
    languages: {
      type: 'list',
      value: 'LIST',
      help: 'with --panel: their tags, or pseudo and pseudo-rtl for long texts (default: en)',
    },
  },
  examples: [
    'npm run shots',
    'npm run shots -- --hosts 1.58.1 --scenarios balances,payments',
    'npm run shots -- --panel --states buy,receipt --languages ja,de,ar',
  ],
  async run({ hosts, scenarios, panel, states, languages }) {
    if (panel) {
      const { takePanelScreenshots } = await import('../screenshots/panel.ts')
      const chosen = languages.length > 0 ? languages : ['en']
      return takePanelScreenshots({ languages: chosen, states })
    }
    const { takeScreenshots } = await import('../screenshots.ts')
    await takeScreenshots(hosts, scenarios)
  },
})
