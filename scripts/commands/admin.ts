import { defineCommand } from '../command-line.ts'

export const command = defineCommand({
  name: 'admin',
  description: `Shows what the operators of a credits service must decide, and records what they decided.

  holds               lists calls of partners whose charge a person must look at
  holds done ID       takes one from the list; one that is unresolved is not charged
  holds charge ID     charges an unresolved one what it was estimated at`,
  options: {},
  arguments: {
    value: 'SUBJECT [ACTION ID]',
    atMost: 3,
    missing: 'Say what to show: holds.',
  },
  notes: `Environment, as for the service:
  DATABASE_URL  its PostgreSQL server; it may be running
  DATA_DIR      without one: its data folder, which must not be in use (default .data/credits)`,
  examples: ['npm run admin -- holds', 'DATABASE_URL=postgres://… npm run admin -- holds'],
  async run(_, args) {
    const { administer } = await import('../admin.ts')
    await administer(args)
  },
})
