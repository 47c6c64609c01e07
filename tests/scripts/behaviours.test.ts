import { describe, expect, it } from 'vitest'
import {
  behaviourCounts,
  behaviourTable,
  behaviours,
  whyLacking,
  type HostRun,
} from '../../scripts/behaviours.ts'
import type { TestOutcome } from '../../scripts/test/counts.ts'

const OLD = '1.40.7'
const NEW = '1.58.1'

const whole = (version: string, ...outcomes: TestOutcome[]): HostRun => ({
  version,
  scope: 'whole',
  outcomes,
})

function outcome(tags: string | readonly string[], state: TestOutcome['state'] = 'passed') {
  return { tags: [tags].flat(), state }
}

/** The row's cells, without its label. */
function row(label: string, ...runs: readonly HostRun[]): string[] {
  const line = behaviourTable(runs).find((text) => text.startsWith(`${label}  `))
  return line?.slice(label.length).trim().split(/ {2,}/) ?? []
}

describe('the table behaviour × frontend', () => {
  it('has a row for each behaviour and a column for each frontend, oldest first', () => {
    const [head, ...rows] = behaviourTable([whole('1.60.0'), whole(NEW, outcome('reload'))])
    expect(head).toMatch(/^ComfyUI frontend +1\.58\.1 +1\.60\.0$/)
    expect(rows.map((line) => line.split('  ')[0])).toEqual(behaviours.map(({ label }) => label))
    expect(rows.find((line) => line.startsWith('reload'))?.indexOf('✓')).toBe(head?.indexOf(NEW))
  })

  it('says ✓ where all tests of a behaviour have passed, also one that shows several', () => {
    const run = whole(NEW, outcome(['reload', 'logout']), outcome('reload'))
    expect(row('reload', run)).toEqual(['✓'])
    expect(row('logout', run)).toEqual(['✓'])
  })

  it('says ✗ where one of them has failed', () => {
    const failed = outcome('reload', 'failed')
    expect(row('reload', whole(NEW, outcome('reload'), failed))).toEqual(['✗'])
  })

  it('says missing where there was no test, or one of them was skipped', () => {
    const run = whole(NEW, outcome('logout'), outcome('logout', 'skipped'))
    expect(row('reload', run)).toEqual(['missing'])
    expect(row('logout', run)).toEqual(['missing'])
  })

  it('gives the reason where the frontend lacks it, unless a test of it has failed', () => {
    const outcomes = [outcome('login-key'), outcome('account-team', 'failed')]
    const runs = [OLD, NEW].map((version) => whole(version, ...outcomes))
    expect(row('login by key', ...runs)).toEqual(['– (1)', '✓'])
    expect(row('cloud unreachable', ...runs)).toEqual(['– (2)', 'missing'])
    expect(row('account: team', ...runs)).toEqual(['✗', '✗'])
    expect(behaviourTable(runs).slice(-2)).toEqual([
      '– (1) this ComfyUI itself loses the key',
      '– (2) workspaces do not pay for runs here',
    ])
  })
})

describe('a behaviour that the oldest and the newest frontend show for all', () => {
  const onPlainHttp: HostRun = { version: NEW, scope: 'plain-http', outcomes: [] }
  const reason = '– (1) depends on the service and the browser, not on the frontend'

  it('need not be shown on plain http, which has a column of its own', () => {
    expect(behaviourTable([onPlainHttp])[0]).toMatch(/^ComfyUI frontend +1\.58\.1 http$/)
    expect(row('paid by QR code', onPlainHttp)).toEqual(['– (1)'])
    expect(row('paid by card', onPlainHttp)).toEqual(['missing'])
    expect(behaviourTable([onPlainHttp]).at(-1)).toBe(reason)
  })

  it('need not be shown by the frontends between', () => {
    const between = whole('1.50.6')
    expect(row('paid by QR code', between)[0]).toMatch(/^– /)
    expect(row('paid by card', between)).toEqual(['missing'])
  })

  it.each([OLD, NEW])('must be shown by %s on its own machine', (version) => {
    expect(row('paid by QR code', whole(version))).toEqual(['missing'])
  })
})

describe('the core run on the oldest frontend', () => {
  const shown = behaviours.filter((one) => 'core' in one && whyLacking(one.tag, OLD) === null)
  const core = (...outcomes: TestOutcome[]): HostRun => ({ version: OLD, scope: 'core', outcomes })
  const complete = core(...shown.map(({ tag }) => outcome(tag)))

  it('has "not run" where only other files have tests, and explains it', () => {
    expect(row('paid by card', complete)).toEqual(['not run'])
    expect(row('take-over on', complete)).toEqual(['not run'])
    expect(row('reload', complete)).toEqual(['✓'])
    expect(row('login by key', complete)).toEqual(['– (1)'])
    const table = behaviourTable([complete])
    expect(table[0]).toMatch(/^ComfyUI frontend +1\.40\.7 core$/)
    expect(table.at(-1)).toBe('not run: HOSTS=all npm test runs all files on every frontend')
    expect(behaviourTable([whole(OLD)]).join('\n')).not.toContain('not run')
  })

  it('does not demand those behaviours, which the whole run demands', () => {
    expect(behaviourCounts([complete])).toMatchObject({ passed: 1, failed: [] })
    expect(behaviourCounts([whole(OLD, ...complete.outcomes)]).failed).toEqual([
      `${OLD}: take-over on was not shown`,
    ])
  })

  it.each(shown)('still demands $label', ({ tag, label }) => {
    const rest = complete.outcomes.filter(({ tags }) => !tags.includes(tag))
    expect(row(label, core(...rest))).toEqual(['missing'])
    expect(behaviourCounts([core(...rest)]).failed).toEqual([`${OLD} core: ${label} was not shown`])
  })

  it('shows what a test of its files shows beyond that', () => {
    expect(row('paid by card', core(outcome('pay-card')))).toEqual(['✓'])
    expect(row('paid by card', core(outcome('pay-card', 'failed')))).toEqual(['✗'])
  })
})

describe('the count of runs that showed all they should', () => {
  /** A run that showed each behaviour that `version` can have. */
  function completeRun(version: string): HostRun {
    const shown = behaviours.filter(({ tag }) => whyLacking(tag, version) === null)
    return whole(version, ...shown.map(({ tag }) => outcome(tag)))
  }
  const without = ({ outcomes, ...target }: HostRun, tag: string): HostRun => ({
    ...target,
    outcomes: outcomes.filter(({ tags }) => !tags.includes(tag)),
  })
  const and = ({ outcomes, ...target }: HostRun, another: TestOutcome): HostRun => ({
    ...target,
    outcomes: [...outcomes, another],
  })

  it('does not demand what a frontend lacks', () => {
    const onPlainHttp: HostRun = { ...completeRun(NEW), scope: 'plain-http' }
    const runs = [...[OLD, NEW].map(completeRun), onPlainHttp]
    expect(behaviourCounts(runs)).toMatchObject({ passed: 3, failed: [] })
  })

  it('fails a run once, however much was not shown there, and no other', () => {
    const gaps = without(without(completeRun(NEW), 'reload'), 'account-team')
    expect(behaviourCounts([completeRun(OLD), gaps])).toMatchObject({
      passed: 1,
      failed: [`${NEW}: reload was not shown`],
    })
    const [nothing] = behaviourCounts([whole(OLD)]).failed
    expect(nothing).toBe(`${OLD}: one Credits entry was not shown`)
  })

  it('fails a run that skipped such a test', () => {
    const skipped = and(completeRun(OLD), outcome('logout', 'skipped'))
    expect(behaviourCounts([skipped]).failed).toEqual([`${OLD}: logout was not shown`])
  })

  it('leaves a failed test to its step, which counts it already', () => {
    const failed = and(completeRun(OLD), outcome('logout', 'failed'))
    expect(behaviourCounts([failed])).toMatchObject({ passed: 1, failed: [] })
  })
})
