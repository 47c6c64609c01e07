import { defineCommand } from '../command-line.ts'

export const command = defineCommand({
  name: 'bench:return',
  description: `Measures the time from a payment's credits to the painted balance, ours beside ComfyUI's own, on
the newest frontend. Fails if ours is over its budget.`,
  options: {
    pairs: {
      type: 'number',
      value: 'N',
      min: 1,
      default: 8,
      help: 'how many payments of each to measure',
    },
  },
  examples: ['npm run bench:return', 'npm run bench:return -- --pairs 3'],
  async run({ pairs }) {
    const { benchReturn } = await import('../../bench/return.ts')
    await benchReturn(pairs)
  },
})
