import { FRONTEND_VERSIONS, NEWEST_FRONTEND } from '../sandbox/frontend/versions.ts'
import { Problem } from '../sandbox/problem.ts'

const OLDEST_FRONTEND = FRONTEND_VERSIONS[0]

/** The oldest and the newest: no two frontends differ more. */
const ENDS: readonly string[] = [OLDEST_FRONTEND, NEWEST_FRONTEND]

/** Frontend versions named by HOSTS: a comma-separated list, or `all`. */
export function readHosts(hosts = ENDS.join()): readonly string[] {
  if (hosts.trim() === 'all') return FRONTEND_VERSIONS
  const wanted = hosts.split(',').map((version) => version.trim())
  const known: readonly string[] = FRONTEND_VERSIONS
  const unknown = wanted.filter((version) => !known.includes(version))
  if (unknown.length > 0) {
    throw new Problem(
      `HOSTS names ${unknown.map((version) => `"${version}"`).join(', ')}. It takes \`all\` or some of ${known.join(', ')}.`,
    )
  }
  return wanted
}

/** A frontend that we know, and neither the oldest nor the newest. */
export function isBetween(version: string): boolean {
  const known: readonly string[] = FRONTEND_VERSIONS
  return known.includes(version) && !ENDS.includes(version)
}

/** One run of end-to-end tests. */
export interface HostTarget {
  readonly version: string
  /**
   * - `whole`: every file that is for this frontend
   * - `core`: the few files that `npm test` runs on the oldest frontend
   * - `plain-http`: as another machine opens ComfyUI, on http under a host name
   */
  readonly scope: 'whole' | 'core' | 'plain-http'
}

/** Every run there is, oldest frontend first. Plain http breaks by our code or by the browser. */
export const HOST_TARGETS: readonly HostTarget[] = FRONTEND_VERSIONS.flatMap((version) => [
  { version, scope: 'whole' } as const,
  ...(version === OLDEST_FRONTEND ? [{ version, scope: 'core' } as const] : []),
  ...(ENDS.includes(version) ? [{ version, scope: 'plain-http' } as const] : []),
])

/** The runs for this HOSTS. Without it: the newest frontend, and the core files on the oldest. */
export function hostTargets(hosts: string | undefined): readonly HostTarget[] {
  if (hosts === undefined) {
    return [
      { version: NEWEST_FRONTEND, scope: 'whole' },
      { version: OLDEST_FRONTEND, scope: 'core' },
    ]
  }
  const versions = readHosts(hosts)
  const all = FRONTEND_VERSIONS.every((version) => versions.includes(version))
  return HOST_TARGETS.filter(
    ({ version, scope }) =>
      versions.includes(version) && (scope === 'whole' || (all && scope === 'plain-http')),
  )
}
