import { defineCommand } from '../command-line.ts'

export const command = defineCommand({
  name: 'credits',
  description: `Asks about credits without a browser, for cron and dashboards. It only reads.

  balance   what can be spent
  events    the newest account events
  spent     what calls cost today, in the last 7 days and this month, in this computer's time zone
  estimate  what a workflow will cost, and how many runs the balance pays for. The files are those
            of npm run estimate; without OBJECT_INFO.json it asks a ComfyUI on this computer

The exit code is 3 if an account has fewer credits than --below (after a run of the workflow, for
estimate: at most what it may cost), and 1 if an account could not be asked; the others are printed
all the same. Those errors are on stderr, each with a code: unauthorized, offline, timeout, …`,
  arguments: {
    value: 'balance|events|spent|estimate [WORKFLOW.json [OBJECT_INFO.json]]',
    atMost: 3,
    missing: 'Say what you want to know: balance, events, spent or estimate.',
  },
  options: {
    json: { type: 'flag', help: 'as JSON, with exact credits; null for what is not known' },
    below: { type: 'number', value: 'N', min: 0, help: 'exit with 3 below N credits' },
    last: {
      type: 'number',
      value: 'N',
      min: 1,
      max: 100,
      default: 20,
      help: 'how many events',
    },
  },
  notes: `Environment:
  COMFY_API_KEY     your API key, from https://platform.comfy.org/login; several with commas between
                    them, also with names: team=comfyui-…,me=comfyui-…
  COMFY_API_BASE    another address of the API
  COMFY_CLOUD_BASE  another address of ComfyUI's cloud, for workspaces; COMFY_API_BASE by default

For the answer alone, without npm's own lines: npm run --silent credits -- …`,
  examples: [
    'COMFY_API_KEY=… npm run credits -- balance --below 500',
    'COMFY_API_KEY=… npm run credits -- spent --json',
  ],
  async run({ json, below, last }, args) {
    const { printCredits } = await import('../credits/print-credits.ts')
    await printCredits(args, { json, below, last })
  },
})
