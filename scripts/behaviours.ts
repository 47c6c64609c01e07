/** What people must be able to rely on in every ComfyUI we support, and the table that shows it. */
import { isBetween, type HostTarget } from './hosts.ts'
import { addCounts, failure, PASSED, type TestCounts, type TestOutcome } from './test/counts.ts'

interface Behaviour {
  /** The tag of an end-to-end test that shows it: `it('…', { tags: 'reload' }, …)`. */
  readonly tag: string
  readonly label: string
  /** Shown by the core files too, which `npm test` runs on the oldest frontend. */
  readonly core?: true
  readonly lack?: Lack
  /**
   * Why the oldest and the newest frontend, opened on this machine, show it for all the others;
   * scripts/test/end-to-end.ts leaves its tests out there.
   */
  readonly atTheEnds?: string
}

/** Frontends that do not have this themselves, so there is nothing for us to show. */
interface Lack {
  /** The last minor version without it, of those we test. */
  readonly upTo: number
  readonly reason: string
}

const KEY_IS_LOST: Lack = { upTo: 40, reason: 'this ComfyUI itself loses the key' }
const NO_WORKSPACES: Lack = { upTo: 50, reason: 'workspaces do not pay for runs here' }
const NOT_THE_HOST = 'depends on the service and the browser, not on the frontend'

export const behaviours = [
  { tag: 'one-entry', label: 'one Credits entry', core: true },
  { tag: 'login-email', label: 'login by e-mail', core: true },
  { tag: 'login-key', label: 'login by key', core: true, lack: KEY_IS_LOST },
  { tag: 'reload', label: 'reload', core: true },
  { tag: 'logout', label: 'logout', core: true },
  { tag: 'switch-user', label: 'switch user', core: true },
  { tag: 'take-over-on', label: 'take-over on' },
  { tag: 'take-over-off', label: 'take-over off' },
  { tag: 'account-customer', label: 'account: customer', core: true },
  { tag: 'account-legacy-stripe', label: 'account: personal, legacy_stripe', lack: NO_WORKSPACES },
  { tag: 'account-stripe', label: 'account: personal, stripe', lack: NO_WORKSPACES },
  { tag: 'account-metronome', label: 'account: personal, metronome', lack: NO_WORKSPACES },
  { tag: 'account-team', label: 'account: team', lack: NO_WORKSPACES },
  { tag: 'cloud-away', label: 'cloud unreachable', lack: NO_WORKSPACES },
  { tag: 'pay-card', label: 'paid by card' },
  { tag: 'pay-declined', label: 'card declined' },
  { tag: 'pay-blocked', label: 'payment tab blocked' },
  { tag: 'pay-two-tabs', label: 'paid, two tabs open' },
  { tag: 'pay-switch-user', label: 'switch user while paying' },
  { tag: 'pay-qr', label: 'paid by QR code', atTheEnds: NOT_THE_HOST },
  { tag: 'pay-expired', label: 'payment page expired', atTheEnds: NOT_THE_HOST },
  { tag: 'pay-late', label: 'webhook 90 s late', atTheEnds: NOT_THE_HOST },
  { tag: 'pay-browser-killed', label: 'browser killed after paying', atTheEnds: NOT_THE_HOST },
  { tag: 'pay-service-killed', label: 'service killed after paying', atTheEnds: NOT_THE_HOST },
] as const satisfies readonly Behaviour[]

export type BehaviourTag = (typeof behaviours)[number]['tag']

declare module 'vitest' {
  interface TestTags {
    readonly behaviour: BehaviourTag
  }
}

const behaviourOf = (tag: BehaviourTag): Behaviour | undefined =>
  behaviours.find((one) => one.tag === tag)

/** Why this frontend does not have the behaviour; null where it should show it. */
export function whyLacking(tag: BehaviourTag, version: string): string | null {
  const lack = behaviourOf(tag)?.lack
  return lack && Number(version.split('.')[1]) <= lack.upTo ? lack.reason : null
}

/** The results of one run of end-to-end tests. */
export interface HostRun extends HostTarget {
  readonly outcomes: readonly TestOutcome[]
}

/**
 * - `missing`: this run should have shown it, and no test did, or one was skipped
 * - `not run`: its tests are not among those of this run
 * - `exempt`: the frontend lacks it, or others show it for all
 */
type Verdict = 'shown' | 'failed' | 'missing' | 'not run' | 'exempt'

function hostName({ version, scope }: HostTarget): string {
  return version + { whole: '', core: ' core', 'plain-http': ' http' }[scope]
}

/** Why no run of this kind has to show it; null where one must. */
function whyExempt(tag: BehaviourTag, { version, scope }: HostTarget): string | null {
  const shownByOthers = scope === 'plain-http' || isBetween(version)
  return whyLacking(tag, version) ?? (shownByOthers ? (behaviourOf(tag)?.atTheEnds ?? null) : null)
}

/** A behaviour is shown if tests have its tag and all of them passed. */
function verdict(tag: BehaviourTag, run: HostRun): Verdict {
  const states = run.outcomes.filter(({ tags }) => tags.includes(tag)).map(({ state }) => state)
  if (states.includes('failed')) return 'failed'
  if (whyExempt(tag, run) !== null) return 'exempt'
  if (states.length > 0) return states.every((state) => state === 'passed') ? 'shown' : 'missing'
  return run.scope === 'core' && !behaviourOf(tag)?.core ? 'not run' : 'missing'
}

/** The table behaviour × frontend, line by line; – stands with the reason below the table. */
export function behaviourTable(runs: readonly HostRun[]): string[] {
  const columns = inOrderOfVersions(runs)
  const reasons: string[] = []
  const cell = (tag: BehaviourTag, run: HostRun): string => {
    const found = verdict(tag, run)
    if (found === 'shown') return '✓'
    if (found === 'failed') return '✗'
    if (found !== 'exempt') return found
    const reason = whyExempt(tag, run) ?? ''
    if (!reasons.includes(reason)) reasons.push(reason)
    return `– (${reasons.indexOf(reason) + 1})`
  }
  const rows = [
    ['ComfyUI frontend', ...columns.map(hostName)],
    ...behaviours.map(({ tag, label }) => [label, ...columns.map((run) => cell(tag, run))]),
  ]
  const core = columns.some(({ scope }) => scope === 'core')
  return [
    ...inColumns(rows),
    ...reasons.map((reason, index) => `– (${index + 1}) ${reason}`),
    ...(core ? ['not run: HOSTS=all npm test runs all files on every frontend'] : []),
  ]
}

/**
 * A run that should have shown a behaviour and did not counts as one failure: a test that was
 * deleted or skipped must not leave the result green.
 */
export function behaviourCounts(runs: readonly HostRun[]): TestCounts {
  return addCounts(
    runs.map((run) => {
      const gap = behaviours.find(({ tag }) => verdict(tag, run) === 'missing')
      return gap ? failure(`${hostName(run)}: ${gap.label} was not shown`) : PASSED
    }),
  )
}

function inOrderOfVersions(runs: readonly HostRun[]): readonly HostRun[] {
  const minor = ({ version }: HostRun) => Number(version.split('.')[1])
  return runs.toSorted((a, b) => minor(a) - minor(b))
}

function inColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  return rows.map((row) =>
    row
      .map((text, column) => text.padEnd(widths?.[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
