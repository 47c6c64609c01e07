import { defineCommand } from '../command-line.ts'

export const command = defineCommand({
  name: 'dev',
  description: `Serves the panel alone, without ComfyUI: every state, with hot reload and the API mocked.
Open the address it prints; Ctrl+C ends it.`,
  options: {
    port: { type: 'number', value: 'N', min: 1, max: 65_535, default: 5173, help: 'the port' },
  },
  examples: ['npm run dev', 'npm run dev -- --port 3000'],
  async run({ port }) {
    const { createServer } = await import('vite')
    const server = await createServer({ server: { port } })
    await server.listen()
    server.printUrls()
  },
})
