import { defineCommand } from '../command-line.ts'

export const command = defineCommand({
  name: 'contract:check',
  description: `Compares what the live API answers with contract/. It only reads (GET), and prints names and types
of fields but no values, so its output can go into a bug report.`,
  notes: `Environment:
  COMFY_API_KEY     your API key, from https://platform.comfy.org/login
  COMFY_API_BASE    another address of the API
  COMFY_CLOUD_BASE  another address of ComfyUI's cloud, for workspaces`,
  examples: ['COMFY_API_KEY=… npm run contract:check'],
  async run() {
    const { checkLiveApi } = await import('../contract-check.ts')
    await checkLiveApi()
  },
})
