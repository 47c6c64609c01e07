import process from 'node:process'
import { defineCommand } from '../command-line.ts'

export const command = defineCommand({
  name: 'test:unit',
  description: `Runs the unit and component tests, without a browser or a server. All arguments go to vitest:
parts of file names choose files, and options such as -t choose tests.`,
  passesArgumentsOn: true,
  notes: "vitest's own options: npx vitest run --help",
  examples: [
    'npm run test:unit',
    'npm run test:unit -- purchase/flow',
    "npm run test:unit -- -t 'two tabs'",
    'npm run test:unit -- --sequence.shuffle --sequence.seed=7',
  ],
  async run(_, args) {
    const { runUnitTests } = await import('../test/unit.ts')
    process.exitCode = await runUnitTests(args)
  },
})
