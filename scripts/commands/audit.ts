import { defineCommand } from '../command-line.ts'

export const command = defineCommand({
  name: 'audit',
  description: `Checks a credits service's whole ledger in SQL: sums, chain, every payment granted once, every call
ended. Prints what is wrong; the exit code is 1 if anything is.`,
  options: {},
  notes: `Environment, as for the service:
  DATABASE_URL  its PostgreSQL server; it may be running
  DATA_DIR      without one: its data folder, which must not be in use (default .data/credits)`,
  examples: ['npm run audit', 'DATABASE_URL=postgres://… npm run audit'],
  async run() {
    const { auditLedger } = await import('../audit.ts')
    await auditLedger()
  },
})
