import { spawn } from 'node:child_process'
import process from 'node:process'
import * as z from 'zod'
import { ensureExtension } from '../build/extension.ts'
import { describeEnd } from '../sandbox/child.ts'
import { resetDataFolder } from '../sandbox/data-folder.ts'
import { ensureFrontend } from '../sandbox/frontend/ensure.ts'
import { Problem } from '../sandbox/problem.ts'
import { requirePort } from '../sandbox/ports.ts'
import { SEED_BALANCES_USD } from '../sandbox/seed-balances.ts'
import { startSandbox, type Sandbox, type SandboxSettings } from '../sandbox/start.ts'
import { untilInterrupted } from './until-interrupted.ts'

export interface StartOptions {
  readonly port: number
  readonly lan: boolean
  readonly open: boolean
  readonly hostVersion: string
  readonly data: string
  readonly reset: boolean
  readonly plain: boolean
  readonly embedded: boolean
}

const stripeKeysSchema = z.object({
  STRIPE_SECRET_KEY: z.string().regex(/^(sk|rk)_test_/),
  STRIPE_PUBLISHABLE_KEY: z.string().regex(/^pk_test_/),
})

/** Keys of the person's own Stripe account. No money moves in the sandbox: live keys are refused. */
function stripeKeys(): Pick<SandboxSettings, 'stripeKeys'> {
  const { STRIPE_SECRET_KEY = '', STRIPE_PUBLISHABLE_KEY = '' } = process.env
  if (STRIPE_SECRET_KEY === '' || STRIPE_PUBLISHABLE_KEY === '') return {}
  const keys = stripeKeysSchema.safeParse({ STRIPE_SECRET_KEY, STRIPE_PUBLISHABLE_KEY })
  if (!keys.success) {
    throw new Problem('The sandbox takes only keys of Stripe’s test mode: sk_test_… and pk_test_….')
  }
  return { stripeKeys: { secretKey: STRIPE_SECRET_KEY, publishableKey: STRIPE_PUBLISHABLE_KEY } }
}

async function prepare(options: StartOptions): Promise<Sandbox> {
  // Before any download, so that a taken port is reported at once.
  await requirePort(options.lan ? '0.0.0.0' : '127.0.0.1', options.port)
  if (options.reset) await resetDataFolder(options.data)
  console.log(`ComfyUI frontend ${options.hostVersion} …`)
  const { version, dir } = await ensureFrontend(options.hostVersion)
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

function introduce(sandbox: Sandbox, options: StartOptions): void {
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
    `Data              ${options.data} (empty it with --reset)`,
    'Ctrl+C ends everything.',
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
  opener.once('error', () => console.log(`No browser could be opened. Open ${url} yourself.`))
  opener.unref()
}

/** Runs until Ctrl+C, or until a service ends by itself, which is a Problem. */
export async function start(options: StartOptions): Promise<void> {
  const interrupted = untilInterrupted()
  const starting = prepare(options)
  const sandbox = await Promise.race([starting, interrupted])
  if (!sandbox) process.exit(0) // What has been started so far ends with us.
  introduce(sandbox, options)
  if (options.open) openBrowser(`http://127.0.0.1:${options.port}`)
  const end = await Promise.race([interrupted, sandbox.unexpectedEnd])
  await sandbox.close()
  if (end) throw new Problem(describeEnd(end))
  process.exit(0)
}
