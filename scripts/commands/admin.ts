import { defineCommand } from '../command-line.ts'

export const command = defineCommand({
  name: 'admin',
  description: `Shows what the operators of a credits service must decide, and records what they decided.

  webhooks            lists events of Stripe that a person should see: of another currency, of
                      accounts or payments we do not have, of the other mode, and those that failed
  webhooks show ID    prints one, with its body
  webhooks replay ID  processes one again, whatever became of it
  holds               lists calls of partners whose charge a person must look at
  holds done ID       takes one from the list; one that is unresolved is not charged
  holds charge ID     charges an unresolved one what it was estimated at`,
  options: {},
  arguments: {
    value: 'SUBJECT [ACTION ID]',
    atMost: 3,
    missing: 'Say what to show: webhooks or holds.',
  },
  notes: `Environment, as for the service:
  DATABASE_URL  its PostgreSQL server; it may be running
  DATA_DIR      without one: its data folder, which must not be in use (default .data/credits)`,
  examples: [
    'npm run admin -- holds',
    'DATABASE_URL=postgres://… npm run admin -- webhooks replay evt_1',
  ],
  async run(_, args) {
    const { administer } = await import('../admin.ts')
    await administer(args)
  },
})
