import process from 'node:process'
import { defineCommand } from '../command-line.ts'

export const command = defineCommand({
  name: 'chaos',
  description: `Kills the service, its database, the partner and Stripe's stand-in while people buy, call,
refund and dispute, then compares the ledger with the books of all others. Prints one page;
the exit code is 1 if money or work is lost, double or invented.`,
  options: {
    operations: { type: 'number', value: 'N', min: 1, default: 10_000, help: 'random operations' },
    kills: { type: 'number', value: 'N', min: 0, default: 50, help: 'kill −9 of each process' },
    minutes: { type: 'number', value: 'N', min: 1, help: 'end after N minutes, whatever is done' },
    seed: { type: 'text', value: 'TEXT', default: '1', help: 'the same seed, the same choices' },
    folder: { type: 'flag', help: 'PGlite and one instance, not PostgreSQL and two' },
  },
  notes: `PostgreSQL is killed once for every five kills. As root on Linux its disk also fills up.
POSTGRES_BIN names the folder of another version's programs (initdb, postgres).`,
  examples: ['npm run chaos -- --operations 500 --kills 3', 'npm run chaos -- --folder --seed 7'],
  async run({ operations, kills, minutes = null, seed, folder }) {
    const { runChaos } = await import('../chaos/run.ts')
    const { describeChaos } = await import('../chaos/report.ts')
    const rest = { databaseKills: Math.ceil(kills / 5), clockJumps: Math.ceil(kills / 5) }
    const database = folder ? 'folder' : 'server'
    const options = { operations, kills, minutes, seed, database, ...rest } as const
    const result = await runChaos({ ...options, fullDisks: Math.ceil(kills / 25), atOnce: 24 })
    console.log(describeChaos(options, result))
    process.exitCode = result.findings.length === 0 ? 0 : 1
  },
})
