import { defineCommand } from '../command-line.ts'

export const command = defineCommand({
  name: 'bench:estimate',
  description: `Measures the estimate of a workflow with 1,000 partner nodes in a browser: with nothing loaded,
again, and after a change; and how long expressions that do not end take to be given up. Fails if
one is over its budget.`,
  options: {
    rounds: { type: 'number', value: 'N', min: 1, default: 10, help: 'how many pages to measure' },
  },
  examples: ['npm run bench:estimate', 'npm run bench:estimate -- --rounds 3'],
  async run({ rounds }) {
    const { benchEstimate } = await import('../../bench/estimate.ts')
    await benchEstimate(rounds)
  },
})
