import process from 'node:process'
import { apiErrorSchema } from '@comfyui-credits/contract/errors'
import { creditsPort } from '../sandbox/ports.ts'
import { Problem } from '../sandbox/problem.ts'
import { SANDBOX_ADMIN_TOKEN } from '../sandbox/processes.ts'
import { reconciliationSchema, type Reconciliation } from '../service/reconciliation/difference.ts'

/** Prints the differences; one that needs a person sets the exit code to 1. */
export async function reconcile({ days, data }: { days: number; data: string }): Promise<void> {
  print(await request(await serviceOf(data), days))
}

async function serviceOf(dataDir: string): Promise<{ url: string; token: string }> {
  const { CREDITS_URL: url, ADMIN_TOKEN: token } = process.env
  if (url) {
    if (token) return { url: url.replace(/\/+$/, ''), token }
    throw new Problem(
      'CREDITS_URL is set but ADMIN_TOKEN is not. Set it to the token of the service.',
    )
  }
  const port = await creditsPort(dataDir)
  if (port !== null) return { url: `http://127.0.0.1:${port}`, token: SANDBOX_ADMIN_TOKEN }
  throw new Problem(`There is no sandbox in ${dataDir}. Start one (npm start), or set CREDITS_URL.`)
}

async function request({ url, token }: { url: string; token: string }, days: number) {
  const response = await fetch(`${url}/admin/reconcile`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ days }),
  }).catch((cause: unknown) => {
    throw new Problem(`No service answers at ${url}. Is it running?`, { cause })
  })
  const body: unknown = await response.json()
  if (response.ok) return reconciliationSchema.parse(body)
  const { message = 'no reason given' } = apiErrorSchema.parse(body)
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
