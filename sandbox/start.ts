import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureExtension } from '../build/extension.ts'
import { startChild, type Child, type UnexpectedEnd } from './child.ts'
import { openDataFolder } from './data-folder.ts'
import { ensureFrontend } from './frontend/ensure.ts'
import { NEWEST_FRONTEND } from './frontend/versions.ts'
import { lanAddress } from './lan.ts'
import { chooseServicePorts, freePort, requirePort } from './ports.ts'
import {
  comfyuiProcess,
  creditsDataDir,
  creditsProcess,
  publicUrl,
  stripeJsUrl,
  standInAccount,
  stripeProcess,
  type Pace,
  type Plan,
} from './processes.ts'
import { buildNetworkMock } from './network-mock/build.ts'
import type { NetworkMockConfig } from './network-mock/config.ts'

const NETWORK_MOCK_DIR = fileURLToPath(new URL('../.cache/network-mock', import.meta.url))

export interface SandboxSettings {
  /** ComfyUI's port; any free one when 0 or left out. */
  readonly port?: number
  /** Let phones and other machines of the local network in. */
  readonly lan?: boolean
  /** The newest we know when left out. */
  readonly frontendVersion?: string
  /** Where that is unpacked; fetched and cached when left out. */
  readonly frontendDir?: string
  /** The built extension; this repository's, built if need be, when left out. */
  readonly extensionDir?: string
  /** Made when it is not there. */
  readonly dataDir: string
  /** `plain` is exactly ComfyUI's contract; `extended`, the default, has our service's additions. */
  readonly contract?: Plan['contract']
  readonly usageEvents?: Plan['usageEvents']
  /** How often the service asks the payment provider what it has missed; 0: never. */
  readonly reconcileSeconds?: number
  /** Whether purchases can be paid inside the page, which the service then offers. */
  readonly embedded?: boolean
  /** Keys of an account at Stripe, in test mode; without them all is paid at the stand-in. */
  readonly stripeKeys?: { readonly secretKey: string; readonly publishableKey: string }
  /** Whether the page starts the network mock itself (default). If not, use `routeByDriver`. */
  readonly withNetworkMock?: boolean
  readonly pace?: Pace
  /** Where `compileProcesses` has put the processes; tsx compiles them as they start when left out. */
  readonly compiledDir?: string
}

export interface Sandbox {
  /** As a browser reaches them, without a trailing slash. */
  readonly urls: {
    readonly comfyui: string
    readonly credits: string
    readonly stripe: string
    readonly identity: string
    /** Only on this machine. */
    readonly partner: string
  }
  /** What `routeByDriver` needs for a driven browser (`withNetworkMock: false`). */
  readonly networkMock: NetworkMockConfig
  /** An API key of user@example.com. */
  readonly apiKey: string
  readonly credits: {
    /** SIGKILL. */
    kill(): Promise<void>
    /** Starts it at the same address on the same data. */
    restart(): Promise<void>
  }
  readonly comfyui: {
    /** SIGKILL: running prompts are lost. */
    kill(): Promise<void>
    /** Starts it at the same address on the same data. */
    restart(): Promise<void>
  }
  /** Settles when one of the processes ends and nobody asked it to. */
  readonly unexpectedEnd: Promise<UnexpectedEnd>
  close(): Promise<void>
}

/**
 * Starts a whole ComfyUI on this machine: the host server with login and sample API nodes, the
 * credits service and the payment provider, each a process of its own, with users that have money.
 * Throws a Problem in words for a person.
 */
export async function startSandbox(settings: SandboxSettings): Promise<Sandbox> {
  const plan = await makePlan(settings)
  const stripeJs = stripeJsUrl(plan)
  await Promise.all([
    mkdir(join(plan.data.dir, 'logs'), { recursive: true }),
    plan.networkMockDir === null ? null : buildNetworkMock(plan.networkMockDir),
    plan.data.state.seeded ? null : seedOnce(plan),
  ])
  const [stripe, firstCredits, firstComfyui] = await startTogether(plan)
  let credits = firstCredits
  let comfyui = firstComfyui
  return {
    urls: {
      comfyui: publicUrl(plan, 'comfyui'),
      credits: publicUrl(plan, 'credits'),
      stripe: publicUrl(plan, 'stripe'),
      identity: publicUrl(plan, 'identity'),
      partner: `http://127.0.0.1:${plan.ports.partner}`,
    },
    networkMock: {
      ...(stripeJs !== null && { stripeJsUrl: stripeJs }),
      identityUrl: publicUrl(plan, 'identity'),
      creditsUrl: publicUrl(plan, 'credits'),
      contract: plan.contract,
      frontendVersion: plan.frontend.version,
    },
    apiKey: plan.data.state.apiKey,
    credits: {
      kill: () => credits.kill(),
      restart: async () => {
        await credits.stop()
        credits = await startChild(creditsProcess(plan))
      },
    },
    comfyui: {
      kill: () => comfyui.kill(),
      restart: async () => {
        await comfyui.stop()
        comfyui = await startChild(comfyuiProcess(plan))
      },
    },
    unexpectedEnd: Promise.race(
      [stripe, firstCredits, firstComfyui].map((child) => child.unexpectedEnd),
    ),
    close: async () => {
      await Promise.all([comfyui.stop(), credits.stop(), stripe.stop()])
    },
  }
}

/** The first time only, and so loaded only then: with it comes a whole database. */
async function seedOnce({ data }: Plan): Promise<void> {
  const { seed } = await import('./seed.ts')
  await seed(data, creditsDataDir(data))
}

async function makePlan(settings: SandboxSettings): Promise<Plan> {
  const lan = settings.lan ?? false
  const bind = lan ? '0.0.0.0' : '127.0.0.1'
  const publicHost = lan ? lanAddress() : '127.0.0.1'
  const comfyui = settings.port || (await freePort(bind))
  await requirePort(bind, comfyui)
  const version = settings.frontendVersion ?? NEWEST_FRONTEND
  const dir = settings.frontendDir ?? (await ensureFrontend(version)).dir
  const extensionDir = settings.extensionDir ?? (await ensureExtension()).dir
  const data = await openDataFolder(settings.dataDir)
  return {
    data,
    bind,
    publicHost,
    ports: { ...(await chooseServicePorts(data.dir, bind)), comfyui },
    frontend: { dir, version },
    extensionDir,
    networkMockDir: (settings.withNetworkMock ?? true) ? NETWORK_MOCK_DIR : null,
    contract: settings.contract ?? 'extended',
    usageEvents: settings.usageEvents,
    reconcileSeconds: settings.reconcileSeconds,
    stripe: settings.stripeKeys
      ? { ...settings.stripeKeys, playedHere: false }
      : standInAccount(settings.embedded ?? false),
    pace: settings.pace ?? {},
    compiledDir: settings.compiledDir,
  }
}

/** All three or none: where one does not start, the others are ended. */
async function startTogether(plan: Plan): Promise<[Child, Child, Child]> {
  const starting = [
    startChild(stripeProcess(plan)),
    startChild(creditsProcess(plan)),
    startChild(comfyuiProcess(plan)),
  ] as const
  try {
    return await Promise.all(starting)
  } catch (error) {
    const results = await Promise.allSettled(starting)
    await Promise.all(
      results.map((result) => (result.status === 'fulfilled' ? result.value.stop() : null)),
    )
    throw error
  }
}
