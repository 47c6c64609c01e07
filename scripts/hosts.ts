import { FRONTEND_VERSIONS } from '../sandbox/frontend/versions.ts'
import { Problem } from '../sandbox/problem.ts'

/** The oldest and the newest: what differs between them differs nowhere more. */
const DEFAULT_HOSTS = '1.40.7,1.58.1'

/** Frontend versions named by HOSTS: a comma-separated list, or `all`. */
export function readHosts(hosts = DEFAULT_HOSTS): readonly string[] {
  if (hosts.trim() === 'all') return FRONTEND_VERSIONS
  const asked = hosts.split(',').map((version) => version.trim())
  const known: readonly string[] = FRONTEND_VERSIONS
  const unknown = asked.filter((version) => !known.includes(version))
  if (unknown.length > 0) {
    throw new Problem(
      `HOSTS names ${unknown.map((version) => `"${version}"`).join(', ')}. It takes \`all\` or some of ${known.join(', ')}.`,
    )
  }
  return asked
}

/** A frontend that we know, and neither the oldest nor the newest. */
export function isBetween(version: string): boolean {
  const known: readonly string[] = FRONTEND_VERSIONS
  return known.includes(version) && !readHosts().includes(version)
}

/**
 * Which of `hosts` are also driven on plain http under another name: where all are asked for, the
 * oldest and the newest. What breaks there is ours or the browser's, and seldom the frontend's.
 */
export function hostsOnPlainHttp(hosts: readonly string[]): readonly string[] {
  return FRONTEND_VERSIONS.every((version) => hosts.includes(version)) ? readHosts() : []
}
