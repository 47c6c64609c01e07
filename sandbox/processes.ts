import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ChildSettings } from './child.ts'
import type { DataFolder } from './data-folder.ts'
import type { ServicePorts } from './ports.ts'
import { STRIPE_JS } from './network-mock/route.ts'

const LOCALES = fileURLToPath(new URL('../locales', import.meta.url))

/** The stand-in's keys. No secrets: all they open is the sandbox itself. */
export const SANDBOX_STRIPE_KEY = 'sk_test_sandbox'
const PUBLISHABLE_KEY = 'pk_test_sandbox'
const WEBHOOK_SECRET = 'whsec_sandbox'
export const SANDBOX_ADMIN_TOKEN = 'operator-of-the-sandbox'

/** Where the money goes: the stand-in's, or one at Stripe, in test mode. */
export interface StripeAccount {
  readonly secretKey: string
  /** Null: purchases cannot be paid inside the page. */
  readonly publishableKey: string | null
  /** False is Stripe itself. */
  readonly playedHere: boolean
}

export function standInAccount(embedded: boolean): StripeAccount {
  return {
    secretKey: SANDBOX_STRIPE_KEY,
    publishableKey: embedded ? PUBLISHABLE_KEY : null,
    playedHere: true,
  }
}

/** All that the processes of one sandbox must agree on. */
export interface Plan {
  readonly data: DataFolder
  /** The address everything listens on, and the one a browser reaches it by. */
  readonly bind: string
  readonly publicHost: string
  readonly ports: ServicePorts & { readonly comfyui: number }
  readonly frontend: { readonly dir: string; readonly version: string }
  readonly extensionDir: string
  readonly networkMockDir: string | null
  readonly contract: 'extended' | 'plain'
  /** What the service's events of calls carry (USAGE_EVENTS); undefined: by the contract. */
  readonly usageEvents: 'none' | 'plain' | 'priced' | 'full' | undefined
  /** How often the service compares with the payment provider by itself; undefined: as it likes. */
  readonly reconcileSeconds: number | undefined
  readonly stripe: StripeAccount
  readonly pace: Pace
  /** As in `ChildSettings`. */
  readonly compiledDir: string | undefined
}

/** How fast API nodes are, in milliseconds; as fast as real ones where left out. */
export interface Pace {
  /** How long a partner's job takes. */
  readonly jobMs?: number
  /** How often a node asks after its job. */
  readonly pollEveryMs?: number
}

export function publicUrl(plan: Plan, service: keyof Plan['ports']): string {
  return `http://${plan.publicHost}:${plan.ports[service]}`
}

/** Where Stripe.js comes from; null where nothing needs it. */
export function stripeJsUrl(plan: Plan): string | null {
  if (plan.stripe.publishableKey === null) return null
  return plan.stripe.playedHere ? `${publicUrl(plan, 'stripe')}/js` : STRIPE_JS
}

/** Between the processes themselves. */
function localUrl(plan: Plan, service: keyof Plan['ports']): string {
  return `http://127.0.0.1:${plan.ports[service]}`
}

export function creditsDataDir(data: DataFolder): string {
  return join(data.dir, 'credits')
}

export function creditsProcess(plan: Plan): ChildSettings {
  return childSettings(plan, 'credits', 'credits service', 'service/main.ts', {
    PUBLIC_URL: publicUrl(plan, 'credits'),
    DATA_DIR: creditsDataDir(plan.data),
    AUTH_JWKS_URL: `${localUrl(plan, 'identity')}/jwks`,
    WORKSPACE_TOKEN_SECRET: plan.data.state.workspaceTokenSecret,
    STRIPE_SECRET_KEY: plan.stripe.secretKey,
    STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
    ...(plan.stripe.playedHere && { STRIPE_API_BASE: localUrl(plan, 'stripe') }),
    STRIPE_PUBLISHABLE_KEY: plan.stripe.publishableKey ?? '',
    PARTNER_BASE_URL: localUrl(plan, 'partner'),
    ADMIN_TOKEN: SANDBOX_ADMIN_TOKEN,
    // As the live service, whose behaviour the scenarios show: a balance may end below zero.
    ADMISSION: 'comfy',
    // One person and their browser do here what a service has from thousands.
    RATE_WRONG_CREDENTIALS: 'off',
    RATE_PURCHASES: 'off',
    RATE_QUESTIONS: 'off',
    RATE_CALLS: 'off',
    RATE_KEY_CALLS: 'off',
    CONCURRENCY: 'off',
    BACKUPS: '0',
    CONTRACT: plan.contract,
    USAGE_EVENTS: plan.usageEvents ?? '',
    ...(plan.reconcileSeconds !== undefined && {
      RECONCILE_SECONDS: String(plan.reconcileSeconds),
    }),
  })
}

export function stripeProcess(plan: Plan): ChildSettings {
  return childSettings(plan, 'stripe', 'payment provider', 'sandbox/stripe/main.ts', {
    PUBLIC_URL: publicUrl(plan, 'stripe'),
    DATA_DIR: join(plan.data.dir, 'stripe'),
    WEBHOOK_URL: `${localUrl(plan, 'credits')}/webhooks/stripe`,
    WEBHOOK_SECRET,
    API_KEY: SANDBOX_STRIPE_KEY,
    PUBLISHABLE_KEY,
  })
}

export function comfyuiProcess(plan: Plan): ChildSettings {
  const stripeJs = stripeJsUrl(plan)
  return childSettings(plan, 'comfyui', 'ComfyUI host server', 'sandbox/comfyui/main.ts', {
    FRONTEND_DIR: plan.frontend.dir,
    FRONTEND_VERSION: plan.frontend.version,
    EXTENSION_DIR: plan.extensionDir,
    EXTENSION_LOCALES: LOCALES,
    DATA_DIR: join(plan.data.dir, 'comfyui'),
    CREDITS_URL: localUrl(plan, 'credits'),
    CREDITS_PUBLIC_URL: publicUrl(plan, 'credits'),
    IDENTITY_PORT: String(plan.ports.identity),
    IDENTITY_PUBLIC_URL: publicUrl(plan, 'identity'),
    PARTNER_PORT: String(plan.ports.partner),
    ...(plan.pace.jobMs !== undefined && { PARTNER_JOB_MS: String(plan.pace.jobMs) }),
    ...(plan.pace.pollEveryMs !== undefined && { POLL_EVERY_MS: String(plan.pace.pollEveryMs) }),
    CONTRACT: plan.contract,
    ...(stripeJs !== null && { STRIPE_JS_PUBLIC_URL: stripeJs }),
    ...(plan.networkMockDir === null ? {} : { NETWORK_MOCK_DIR: plan.networkMockDir }),
  })
}

function childSettings(
  plan: Plan,
  service: keyof Plan['ports'],
  name: string,
  entry: string,
  env: Record<string, string>,
): ChildSettings {
  return {
    name,
    entry,
    compiledDir: plan.compiledDir,
    logFile: join(plan.data.dir, 'logs', `${service}.log`),
    env: { ...env, PORT: String(plan.ports[service]), BIND: plan.bind },
  }
}
