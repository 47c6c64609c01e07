import { defineCommand } from '../command-line.ts'

export const command = defineCommand({
  name: 'reconcile',
  description: `Makes a running credits service compare its records with Stripe's, heal what it can, and print
every difference. The exit code is 1 if one needs a person.`,
  options: {
    days: {
      type: 'number',
      value: 'N',
      min: 1,
      max: 180,
      default: 30,
      help: 'how many days back to compare, up to 180',
    },
    data: {
      type: 'text',
      value: 'DIR',
      default: '.data',
      help: 'the data folder of the sandbox whose service it asks',
    },
  },
  notes: `Environment, to ask a service outside the sandbox:
  CREDITS_URL  its address
  ADMIN_TOKEN  the token that the service was started with`,
  examples: [
    'npm run reconcile -- --days 7',
    'CREDITS_URL=https://credits.example.com ADMIN_TOKEN=… npm run reconcile',
  ],
  async run(options) {
    const { reconcile } = await import('../reconcile.ts')
    await reconcile(options)
  },
})
