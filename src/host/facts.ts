import { addressKinds } from './base-address.ts'
import { findCapabilities } from './capabilities.ts'
import type { ComfyApp } from './comfy-types.ts'
import { frontendVersion } from './frontend-version.ts'
import type { HostFacts } from './port.ts'
import { member } from './member.ts'
import { findStore } from './stores.ts'

/** Versions and what we found, for a bug report. */
export function hostFacts(app: ComfyApp): HostFacts {
  const version = frontendVersion()
  const found = findCapabilities(app, version).map((capability) => [
    capability.name,
    capability.found ?? `missing: ${capability.missing}`,
  ])
  return {
    frontendVersion: version,
    comfyuiVersion: comfyuiVersion(app),
    capabilities: Object.fromEntries(found),
    addresses: addressKinds(),
  }
}

/** As the server has reported it to the page; null until then, or if this version hides it. */
function comfyuiVersion(app: ComfyApp): string | null {
  try {
    const stats = member(findStore(app, 'systemStats'), 'systemStats')
    const version = member(member(stats, 'system'), 'comfyui_version')
    return typeof version === 'string' ? version : null
  } catch {
    // Whose host throws here needs the rest of the report all the more.
    return null
  }
}
