import { defineCommand } from '../command-line.ts'

export const command = defineCommand({
  name: 'bench:open',
  description: `Measures the time from a click on the Credits entry to the painted balance, ours beside ComfyUI's
own, with a fast and a slow API, at the first and the second opening.`,
  options: {
    pairs: { type: 'number', value: 'N', min: 1, default: 8, help: 'how many pairs to measure' },
  },
  notes: `Environment:
  HOSTS  ComfyUI frontends: a list, or "all" (default: the oldest and the newest)`,
  examples: ['npm run bench:open', 'HOSTS=1.58.1 npm run bench:open -- --pairs 3'],
  async run({ pairs }) {
    const { benchOpen } = await import('../../bench/open.ts')
    await benchOpen(pairs)
  },
})
