import { spawn } from 'node:child_process'
import process from 'node:process'
import { parseArgs } from 'node:util'
import * as z from 'zod'
import { ensureExtension } from '../build/extension.ts'
import { describeEnd } from '../sandbox/child.ts'
import { resetDataFolder } from '../sandbox/data-folder.ts'
import { ensureFrontend } from '../sandbox/frontend/ensure.ts'
import { NEWEST_FRONTEND } from '../sandbox/frontend/versions.ts'
import { Problem } from '../sandbox/problem.ts'
import { requirePort } from '../sandbox/ports.ts'
import { SEED_BALANCES_USD } from '../sandbox/seed-balances.ts'
import { startSandbox, type Sandbox, type SandboxSettings } from '../sandbox/start.ts'
import { askedToEnd } from './asked-to-end.ts'
import { runScript } from './run-script.ts'

const HELP = `npm start -- [options]

Starts a whole ComfyUI with the Credits tab in it: login, sample API nodes, payment.

  --port N           ComfyUI's port (8288)
  --lan              let phones and other machines of the local network in
  --open             open a browser when ready
  --host-version V   another ComfyUI frontend (${NEWEST_FRONTEND}); 1.40 and newer
  --data DIR         where users, balances and images are kept (.data)
  --reset            forget them first
  --plain            the plain contract: an API without our service's additions
  --embedded         pay inside ComfyUI, by Stripe.js, instead of on a page of Stripe's; with
                     STRIPE_SECRET_KEY and STRIPE_PUBLISHABLE_KEY (test mode) at Stripe itself
  --help             this`

const OPTIONS = {
  port: { type: 'string', default: '8288' },
  lan: { type: 'boolean', default: false },
  open: { type: 'boolean', default: false },
  'host-version': { type: 'string', default: NEWEST_FRONTEND },
  data: { type: 'string', default: '.data' },
  reset: { type: 'boolean', default: false },
  plain: { type: 'boolean', default: false },
  embedded: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

const portSchema = z.coerce.number().int().min(1).max(65_535)

function readOptions() {
  try {
    const { values } = parseArgs({ options: OPTIONS })
    const port = portSchema.safeParse(values.port)
    if (!port.success) throw new Error(`--port ${values.port} is no port: 1 to 65535 are.`)
    return { ...values, port: port.data }
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause)
    throw new Problem(`${words}\n\n${HELP}`, { cause })
  }
}

const stripeKeysSchema = z.object({
  STRIPE_SECRET_KEY: z.string().regex(/^(sk|rk)_test_/),
  STRIPE_PUBLISHABLE_KEY: z.string().regex(/^pk_test_/),
})

/** Of an account of the person's own. In the sandbox no money moves, so live keys are refused. */
function stripeKeys(): Pick<SandboxSettings, 'stripeKeys'> {
  const { STRIPE_SECRET_KEY = '', STRIPE_PUBLISHABLE_KEY = '' } = process.env
  if (STRIPE_SECRET_KEY === '' || STRIPE_PUBLISHABLE_KEY === '') return {}
  const keys = stripeKeysSchema.safeParse({ STRIPE_SECRET_KEY, STRIPE_PUBLISHABLE_KEY })
  if (!keys.success) {
    throw new Problem('The sandbox takes keys of Stripe’s test mode only: sk_test_… and pk_test_….')
  }
  return { stripeKeys: { secretKey: STRIPE_SECRET_KEY, publishableKey: STRIPE_PUBLISHABLE_KEY } }
}

async function prepare(options: ReturnType<typeof readOptions>): Promise<Sandbox> {
  // First what takes no time to find out: nobody should wait for a download to hear of a taken port.
  await requirePort(options.lan ? '0.0.0.0' : '127.0.0.1', options.port)
  if (options.reset) await resetDataFolder(options.data)
  console.log(`ComfyUI frontend ${options['host-version']} …`)
  const { version, dir } = await ensureFrontend(options['host-version'])
  console.log('Extension …')
  const extension = await ensureExtension()
  console.log('Services …')
  return startSandbox({
    port: options.port,
    lan: options.lan,
    frontendVersion: version,
    frontendDir: dir,
    extensionDir: extension.dir,
    dataDir: options.data,
    contract: options.plain ? 'plain' : 'extended',
    embedded: options.embedded,
    ...(options.embedded && stripeKeys()),
  })
}

function introduce(sandbox: Sandbox, options: ReturnType<typeof readOptions>): void {
  const users = Object.entries(SEED_BALANCES_USD).map(
    ([email, usd]) => `  ${email.padEnd(22)} Passw0rd!   ${usd.toFixed(2)} USD at first`,
  )
  const lines = [
    '',
    `ComfyUI: http://127.0.0.1:${options.port}`,
    ...(options.lan ? [`In your network: ${sandbox.urls.comfyui}`] : []),
    '',
    'Log in there as one of these, or sign up with any e-mail and password:',
    ...users,
    `  or by API key          ${sandbox.apiKey}`,
    '',
    `Credits service   ${sandbox.urls.credits}`,
    `Payment provider  ${sandbox.urls.stripe}`,
    `Kept in           ${options.data} (forget it with --reset)`,
    'Ctrl-C ends it all.',
  ]
  console.log(lines.join('\n'))
}

function openBrowser(url: string): void {
  const openers: Partial<Record<NodeJS.Platform, [string, ...string[]]>> = {
    darwin: ['open'],
    win32: ['cmd', '/c', 'start', ''],
  }
  const [command, ...args] = openers[process.platform] ?? ['xdg-open']
  const opener = spawn(command, [...args, url], { stdio: 'ignore', detached: true })
  opener.once('error', () => console.log(`No browser could be opened here. Open ${url} yourself.`))
  opener.unref()
}

await runScript(async () => {
  const options = readOptions()
  if (options.help) {
    console.log(HELP)
    return
  }
  const enough = askedToEnd()
  const starting = prepare(options)
  const sandbox = await Promise.race([starting, enough])
  if (!sandbox) process.exit(0) // Before all was up: what was started notices and ends too.
  introduce(sandbox, options)
  if (options.open) openBrowser(`http://127.0.0.1:${options.port}`)
  const end = await Promise.race([enough, sandbox.unexpectedEnd])
  await sandbox.close()
  if (end) throw new Problem(describeEnd(end))
  process.exit(0)
})
