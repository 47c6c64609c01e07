import process from 'node:process'
import { runScript } from './run-script.ts'
import { runTool } from './tool.ts'

// Daily work waits for these: every core works, and test files share one DOM, which halves the time.
// `npm test` gives each file its own, so that a test which only passes beside another is found.
const QUICK = ['--maxWorkers=100%', '--no-isolate']

// Logic and components, in seconds. Arguments go to vitest.
await runScript(async () => {
  const chosen = process.argv.slice(2)
  process.exitCode = await runTool('vitest', ['run', '--project', 'unit', ...QUICK, ...chosen])
})
