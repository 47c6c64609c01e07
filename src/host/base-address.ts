import { DEFAULT_API_BASE, DEFAULT_CLOUD_BASE } from '@comfyui-credits/contract/addresses'
import { frontendVersion } from './frontend-version.ts'
import type { AddressKind } from './port.ts'

export function apiBase(): string {
  return configuredBase('comfy_api_base_url', DEFAULT_API_BASE)
}

export function cloudBase(): string {
  return configuredBase('comfy_cloud_base_url', DEFAULT_CLOUD_BASE)
}

/** Whether those are Comfy's own, which is all that a bug report needs to know of them. */
export function addressKinds(): Readonly<Record<'api' | 'cloud', AddressKind>> {
  return {
    api: apiBase() === DEFAULT_API_BASE ? 'default' : 'own',
    cloud: cloudBase() === DEFAULT_CLOUD_BASE ? 'default' : 'own',
  }
}

/**
 * The addresses that ComfyUI's server names (`/features`, stored in `window.__CONFIG__`), exactly as
 * the host takes them: credentials and billing account are of the API that its runs go to, and of
 * no other. In a ComfyUI of one's own 1.45.21 takes none, 1.50.6 any, and 1.58.1 only https.
 */
function configuredBase(key: string, fallback: string): string {
  const minor = minorVersion()
  const value = minor <= 45 ? undefined : configured(key)
  if (typeof value !== 'string' || !URL.canParse(value)) return fallback
  const { protocol, href } = new URL(value)
  const taken = protocol === 'https:' || (protocol === 'http:' && minor <= 50)
  return taken ? href.replace(/\/$/, '') : fallback
}

function configured(key: string): unknown {
  const config: unknown = Reflect.get(window, '__CONFIG__')
  return config && typeof config === 'object' ? Reflect.get(config, key) : undefined
}

/** Of 1.x; a frontend that does not say is taken for the newest. */
function minorVersion(): number {
  const minor = /^1\.(\d+)/.exec(frontendVersion() ?? '')?.[1]
  return minor === undefined ? Infinity : Number(minor)
}
