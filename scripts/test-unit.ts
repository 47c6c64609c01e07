import process from 'node:process'
import { runScript } from './run-script.ts'
import { runTool } from './tool.ts'

// For daily work: logic and components, in seconds. Arguments go to vitest.
await runScript(async () => {
  process.exitCode = await runTool('vitest', ['run', '--project', 'unit', ...process.argv.slice(2)])
})
