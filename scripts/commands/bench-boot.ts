import { defineCommand } from '../command-line.ts'

export const command = defineCommand({
  name: 'bench:boot',
  description: `Compares how long ComfyUI takes to be ready with our extension and with an empty one, in pairs, and
measures how long our entry runs. Fails if either is over its budget.`,
  options: {
    pairs: { type: 'number', value: 'N', min: 1, default: 25, help: 'how many pairs to measure' },
  },
  notes: `Environment:
  HOSTS  ComfyUI frontends: a list, or "all" (default: the oldest and the newest)`,
  examples: ['npm run bench:boot', 'HOSTS=1.58.1 npm run bench:boot -- --pairs 10'],
  async run({ pairs }) {
    const { benchBoot } = await import('../../bench/boot.ts')
    await benchBoot(pairs)
  },
})
