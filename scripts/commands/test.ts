import process from 'node:process'
import { defineCommand } from '../command-line.ts'

export const command = defineCommand({
  name: 'test',
  description: `Runs all checks and tests: build, lint, format, types, unused code and size budgets; unit tests;
tests of the service (also on PostgreSQL), the sandbox and the scripts; end-to-end tests in a
browser, all of them on the newest ComfyUI frontend and the core ones on the oldest.

Fetches a browser, ComfyUI frontends and (as root on Debian) PostgreSQL if they are missing. Ends
with a table of the behaviours shown on each frontend, the names of failed tests, and the counts.`,
  options: {
    step: { type: 'list', value: 'NAME', help: 'run this part only; several with commas' },
    list: { type: 'flag', help: 'list the parts; * marks those that would run' },
    report: { type: 'text', value: 'FILE', help: 'also write the results as JSON' },
    merge: {
      type: 'list',
      value: 'PATH',
      help: 'run nothing: print the results of such files, or folders of them, as one',
    },
  },
  notes: `Environment:
  HOSTS              "all" for every test on every frontend, and plain http;
                     or a list of frontends, such as 1.45.21,1.50.6
  FULL=1             run the tests of random flows 100,000 times, as CI does
  CHROMIUM_PATH      the browser to drive
  TEST_DATABASE_URL  a PostgreSQL server that tests may write to`,
  examples: [
    'npm test',
    'npm test -- --step lint,types',
    'HOSTS=all npm test',
    'HOSTS=all npm test -- --step e2e:1.45.21 --report results/1.45.21.json',
    'HOSTS=all npm test -- --merge results',
  ],
  async run({ step, list, report, merge }) {
    const { allSteps, plannedSteps, stepsNamed } = await import('../test/steps.ts')
    const steps = step.length > 0 ? stepsNamed(step) : plannedSteps(process.env['HOSTS'])
    if (list) {
      for (const { name } of allSteps)
        console.log(`${steps.some((one) => one.name === name) ? '*' : ' '} ${name}`)
      return
    }
    const { mergeReports, runTests } = await import('../test/run-tests.ts')
    if (merge.length > 0) await mergeReports(steps, merge)
    else await runTests(steps, { report })
  },
})
