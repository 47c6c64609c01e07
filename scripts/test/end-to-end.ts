/** Which end-to-end files a run on a ComfyUI frontend takes, and why it leaves others out. */
import { isBetween, type HostTarget } from '../hosts.ts'

const files = (...names: string[]): readonly string[] =>
  names.map((name) => `tests/e2e/${name}.e2e.ts`)

/** What breaks first in another frontend: the panel's own job, who is logged in, and no login. */
const CORE = files('main-job', 'logins', 'guest')

/**
 * How a page looks and reports runs does not depend on its address, and takes long. A proxy's prefix
 * is an address of its own.
 */
const NOT_ON_PLAIN_HTTP = files('accessibility', 'run-status', 'looks', 'subpath')

/**
 * On the oldest and the newest frontend on this machine only. Killed browsers and services, late
 * webhooks and stored runs depend on the service and the browser, not on the frontend, and take
 * long. Paying inside ComfyUI's page needs a secure context and depends on Stripe's script. What a
 * proxy's prefix changes is the same in every frontend, and so are the texts of a language.
 */
const AT_THE_ENDS = files(
  'embedded',
  'estimate',
  'history-list',
  'history-export',
  'interrupted',
  'languages',
  'runs',
  'scenarios',
  'subpath',
)

/** Arguments for vitest. */
export function endToEndFiles({ version, scope }: HostTarget): readonly string[] {
  if (scope === 'core') return CORE
  const plainHttp = scope === 'plain-http'
  return [
    ...(plainHttp ? NOT_ON_PLAIN_HTTP : []),
    ...(plainHttp || isBetween(version) ? AT_THE_ENDS : []),
  ].map((file) => `--exclude=${file}`)
}
