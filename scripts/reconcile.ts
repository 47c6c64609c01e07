import process from 'node:process'
import { parseArgs } from 'node:util'
import * as z from 'zod'
import { apiErrorSchema } from '@comfyui-credits/contract/errors'
import { creditsPort } from '../sandbox/ports.ts'
import { Problem } from '../sandbox/problem.ts'
import { SANDBOX_ADMIN_TOKEN } from '../sandbox/processes.ts'
import { reconciliationSchema, type Reconciliation } from '../service/reconciliation/difference.ts'
import { runScript } from './run-script.ts'

const HELP = `npm run reconcile -- [options]

Has a running credits service compare its records with Stripe's, heal what it can, and print every
difference. Ends with 1 when one is left that a person must see to.

  --days N    how far to look back: 1 to 180 (30)
  --data DIR  the sandbox to ask (.data)
  --help      this

For another service than a sandbox's set CREDITS_URL, and ADMIN_TOKEN as the service has it.`

const OPTIONS = {
  days: { type: 'string', default: '30' },
  data: { type: 'string', default: '.data' },
  help: { type: 'boolean', default: false },
} as const

function readOptions() {
  try {
    return parseArgs({ options: OPTIONS }).values
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause)
    throw new Problem(`${words}\n\n${HELP}`, { cause })
  }
}

async function whom(dataDir: string): Promise<{ url: string; token: string }> {
  const { CREDITS_URL: url, ADMIN_TOKEN: token } = process.env
  if (url) {
    if (token) return { url: url.replace(/\/+$/, ''), token }
    throw new Problem('CREDITS_URL is set and ADMIN_TOKEN is not. Set it as the service has it.')
  }
  const port = await creditsPort(dataDir)
  if (port !== null) return { url: `http://127.0.0.1:${port}`, token: SANDBOX_ADMIN_TOKEN }
  throw new Problem(`There is no sandbox in ${dataDir}. Start one (npm start), or set CREDITS_URL.`)
}

async function ask({ url, token }: { url: string; token: string }, days: number) {
  const response = await fetch(`${url}/admin/reconcile`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ days }),
  }).catch((cause: unknown) => {
    throw new Problem(`No service answers at ${url}. Is it running?`, { cause })
  })
  const body: unknown = await response.json()
  if (response.ok) return reconciliationSchema.parse(body)
  const { message = 'no words' } = apiErrorSchema.parse(body)
  throw new Problem(`The service at ${url} refused (${response.status}): ${message}`)
}

function print({ compared, differences }: Reconciliation): void {
  for (const { healed, kind, subject, words } of differences) {
    console.log(`${healed ? 'healed' : 'OPEN  '}  ${kind.padEnd(18)} ${subject}\n        ${words}`)
  }
  const open = differences.filter(({ healed }) => !healed).length
  console.log(`${compared} compared, ${differences.length - open} healed, ${open} open`)
  process.exitCode = open > 0 ? 1 : 0
}

await runScript(async () => {
  const options = readOptions()
  if (options.help) {
    console.log(HELP)
    return
  }
  const days = z.coerce.number().int().min(1).max(180).safeParse(options.days)
  if (!days.success) throw new Problem(`--days ${options.days} is no number from 1 to 180.`)
  print(await ask(await whom(options.data), days.data))
})
