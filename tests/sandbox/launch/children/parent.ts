// A parent for child.test.ts that is killed: prints its child's process id and stays.
import { startChild } from '../../../../sandbox/child.ts'

const [logFile = ''] = process.argv.slice(2)
const { pid } = await startChild({
  name: 'listener',
  entry: 'tests/sandbox/launch/children/listens.ts',
  env: { PORT: '1' },
  logFile,
})
process.stdout.write(`${pid}\n`)
setInterval(() => {}, 1000)
