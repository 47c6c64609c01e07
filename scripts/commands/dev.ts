import { parseArgs } from 'node:util'
import { createServer } from 'vite'
import { runScript } from './run-script.ts'

// The panel alone (index.html), with hot reload and msw in place of the API.
await runScript(async () => {
  const { values } = parseArgs({ options: { port: { type: 'string' } } })
  const server = await createServer({
    server: values.port === undefined ? {} : { port: Number(values.port) },
  })
  await server.listen()
  server.printUrls()
})
