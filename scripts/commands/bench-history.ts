import { defineCommand } from '../command-line.ts'

export const command = defineCommand({
  name: 'bench:history',
  description: `Measures a history of 100,000 runs: first rows, search, order, scrolling and memory, beside
ComfyUI's own list and a plain DataTable. Fails if ours is over its budget.`,
  options: {
    pairs: {
      type: 'number',
      value: 'N',
      min: 1,
      default: 5,
      help: 'how many pages of each list to measure',
    },
  },
  examples: ['npm run bench:history', 'npm run bench:history -- --pairs 2'],
  async run({ pairs }) {
    const { benchHistory } = await import('../../bench/history.ts')
    await benchHistory(pairs)
  },
})
