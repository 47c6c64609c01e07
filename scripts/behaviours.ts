/** What people must be able to rely on in every ComfyUI we support, and the table that shows it. */
import { isBetween } from './hosts.ts'
import { addCounts, failure, PASSED, type TestCounts, type TestOutcome } from './test-counts.ts'

interface Behaviour {
  /** What an end-to-end test carries that shows it: `it('…', { tags: 'reload' }, …)`. */
  readonly tag: string
  readonly label: string
  readonly lack?: Lack
  /**
   * Why the oldest and the newest frontend, opened on this machine, show it for all; scripts/test.ts
   * leaves its tests out elsewhere.
   */
  readonly atTheEnds?: string
}

/** Frontends that have no such thing themselves, and so nothing for us to show. */
interface Lack {
  /** Minor version up to which, of those we test. */
  readonly upTo: number
  readonly reason: string
}

const KEY_IS_LOST: Lack = { upTo: 40, reason: 'this ComfyUI itself loses the key' }
const NO_WORKSPACES: Lack = { upTo: 50, reason: 'runs are not paid by a workspace' }
const NOT_THE_HOST = 'hangs on service and browser, not on the frontend'

export const behaviours = [
  { tag: 'one-entry', label: 'one Credits entry' },
  { tag: 'login-email', label: 'login by e-mail' },
  { tag: 'login-key', label: 'login by key', lack: KEY_IS_LOST },
  { tag: 'reload', label: 'reload' },
  { tag: 'logout', label: 'logout' },
  { tag: 'switch-user', label: 'switch user' },
  { tag: 'take-over-on', label: 'take-over on' },
  { tag: 'take-over-off', label: 'take-over off' },
  { tag: 'purse-customer', label: 'billingAccount: customer' },
  {
    tag: 'purse-legacy-stripe',
    label: 'billingAccount: personal, legacy_stripe',
    lack: NO_WORKSPACES,
  },
  { tag: 'purse-stripe', label: 'billingAccount: personal, stripe', lack: NO_WORKSPACES },
  { tag: 'purse-metronome', label: 'billingAccount: personal, metronome', lack: NO_WORKSPACES },
  { tag: 'purse-team', label: 'billingAccount: team', lack: NO_WORKSPACES },
  { tag: 'cloud-away', label: 'cloud away', lack: NO_WORKSPACES },
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

/** Why this frontend has no such behaviour; null where it should show it. */
export function whyLacking(tag: BehaviourTag, version: string): string | null {
  const behaviour: Behaviour | undefined = behaviours.find((one) => one.tag === tag)
  const lack = behaviour?.lack
  return lack && Number(version.split('.')[1]) <= lack.upTo ? lack.reason : null
}

/** What came of a frontend's tests. */
export interface HostRun {
  readonly version: string
  readonly overPlainHttp?: boolean
  readonly outcomes: readonly TestOutcome[]
}

type Verdict = 'shown' | 'failed' | 'lacking' | 'not shown'

function hostName({ version, overPlainHttp = false }: HostRun): string {
  return version + (overPlainHttp ? ' http' : '')
}

/** Why nobody need show it there; null where somebody must. */
function whyNotShown(
  tag: BehaviourTag,
  { version, overPlainHttp = false }: HostRun,
): string | null {
  const behaviour: Behaviour | undefined = behaviours.find((one) => one.tag === tag)
  const elsewhere = overPlainHttp || isBetween(version)
  return whyLacking(tag, version) ?? (elsewhere ? (behaviour?.atTheEnds ?? null) : null)
}

/** Shown is only what has tests with the behaviour's tag that have all passed. */
function verdict(tag: BehaviourTag, run: HostRun): Verdict {
  const states = run.outcomes.filter(({ tags }) => tags.includes(tag)).map(({ state }) => state)
  if (states.includes('failed')) return 'failed'
  if (whyNotShown(tag, run) !== null) return 'lacking'
  return states.length > 0 && states.every((state) => state === 'passed') ? 'shown' : 'not shown'
}

/**
 * The table behaviour × frontend, line by line: ✓ where it was shown, – with the reason where the
 * frontend itself lacks it, or it need not be shown there.
 */
export function behaviourTable(runs: readonly HostRun[]): string[] {
  const reasons: string[] = []
  const cell = (tag: BehaviourTag, run: HostRun): string => {
    const found = verdict(tag, run)
    if (found === 'shown') return '✓'
    if (found === 'failed') return '✗'
    const reason = whyNotShown(tag, run)
    if (reason === null) return found
    if (!reasons.includes(reason)) reasons.push(reason)
    return `– (${reasons.indexOf(reason) + 1})`
  }
  const rows = [
    ['ComfyUI frontend', ...runs.map(hostName)],
    ...behaviours.map(({ tag, label }) => [label, ...runs.map((run) => cell(tag, run))]),
  ]
  return [...inColumns(rows), ...reasons.map((reason, index) => `– (${index + 1}) ${reason}`)]
}

/**
 * A frontend on which a behaviour was not shown counts as one failure: a test that is gone, or was
 * skipped, must not leave a green behind.
 */
export function behaviourCounts(runs: readonly HostRun[]): TestCounts {
  return addCounts(
    runs.map((run) => {
      const gap = behaviours.find(({ tag }) => verdict(tag, run) === 'not shown')
      return gap ? failure(`${hostName(run)}: ${gap.label} was not shown`) : PASSED
    }),
  )
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
