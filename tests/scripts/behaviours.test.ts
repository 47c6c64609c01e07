import { describe, expect, it } from 'vitest'
import {
  behaviourCounts,
  behaviourTable,
  behaviours,
  whyLacking,
  type HostRun,
} from '../../scripts/behaviours.ts'
import type { TestOutcome } from '../../scripts/test-counts.ts'

const OLD = '1.40.7'
const NEW = '1.58.1'

function outcome(tags: string | readonly string[], state: TestOutcome['state'] = 'passed') {
  return { tags: [tags].flat(), state }
}

/** The row's cells, without its label. */
function row(label: string, ...runs: readonly HostRun[]): string[] {
  const line = behaviourTable(runs).find((text) => text.startsWith(`${label}  `))
  return line?.slice(label.length).trim().split(/ {2,}/) ?? []
}

describe('the table behaviour × frontend', () => {
  it('has a row for each behaviour and a column for each frontend', () => {
    const [head, ...rows] = behaviourTable([
      { version: NEW, outcomes: [outcome('reload')] },
      { version: '1.60.0', outcomes: [] },
    ])
    expect(head).toMatch(/^ComfyUI frontend +1\.58\.1 +1\.60\.0$/)
    expect(rows.map((line) => line.split('  ')[0])).toEqual(behaviours.map(({ label }) => label))
    expect(rows.find((line) => line.startsWith('reload'))?.indexOf('✓')).toBe(head?.indexOf(NEW))
  })

  it('says ✓ where all tests of a behaviour have passed, also one that shows several', () => {
    const run = { version: NEW, outcomes: [outcome(['reload', 'logout']), outcome('reload')] }
    expect(row('reload', run)).toEqual(['✓'])
    expect(row('logout', run)).toEqual(['✓'])
  })

  it('says ✗ where one of them has failed', () => {
    const failed = outcome('reload', 'failed')
    expect(row('reload', { version: NEW, outcomes: [outcome('reload'), failed] })).toEqual(['✗'])
  })

  it('claims nothing where there was no test, or one of them did not run', () => {
    const skipped = outcome('logout', 'skipped')
    const run = { version: NEW, outcomes: [outcome('logout'), skipped] }
    expect(row('reload', run)).toEqual(['not shown'])
    expect(row('logout', run)).toEqual(['not shown'])
  })

  it('says why where the frontend has no such thing, whatever a test shows of that', () => {
    const outcomes = [outcome('login-key'), outcome('purse-team', 'failed')]
    const runs = [OLD, NEW].map((version) => ({ version, outcomes }))
    expect(row('login by key', ...runs)).toEqual(['– (1)', '✓'])
    expect(row('cloud away', ...runs)).toEqual(['– (2)', 'not shown'])
    expect(row('billingAccount: team', ...runs)).toEqual(['✗', '✗'])
    expect(behaviourTable(runs).slice(-2)).toEqual([
      '– (1) this ComfyUI itself loses the key',
      '– (2) runs are not paid by a workspace',
    ])
  })
})

describe('what the oldest and the newest frontend show for all', () => {
  const onPlainHttp = { version: NEW, overPlainHttp: true, outcomes: [] }
  const reason = '– (1) hangs on service and browser, not on the frontend'

  it('need not be shown on plain http, which has a column of its own', () => {
    expect(behaviourTable([onPlainHttp])[0]).toMatch(/^ComfyUI frontend +1\.58\.1 http$/)
    expect(row('paid by QR code', onPlainHttp)).toEqual(['– (1)'])
    expect(row('paid by card', onPlainHttp)).toEqual(['not shown'])
    expect(behaviourTable([onPlainHttp]).at(-1)).toBe(reason)
  })

  it('need not be shown by those between', () => {
    const between = { version: '1.50.6', outcomes: [] }
    expect(row('paid by QR code', between)[0]).toMatch(/^– /)
    expect(row('paid by card', between)).toEqual(['not shown'])
  })

  it.each([OLD, NEW])('must be shown by %s, opened on its own machine', (version) => {
    expect(row('paid by QR code', { version, outcomes: [] })).toEqual(['not shown'])
  })
})

describe('the count of frontends that showed it all', () => {
  /** A run in which each behaviour that `version` can have was shown. */
  function wholeRun(version: string): HostRun {
    const shown = behaviours.filter(({ tag }) => whyLacking(tag, version) === null)
    return { version, outcomes: shown.map(({ tag }) => outcome(tag)) }
  }
  const without = ({ version, outcomes }: HostRun, tag: string): HostRun => ({
    version,
    outcomes: outcomes.filter(({ tags }) => !tags.includes(tag)),
  })

  it('takes what a frontend lacks, with its reason, as seen to', () => {
    const onPlainHttp = { ...wholeRun(NEW), overPlainHttp: true }
    const runs = [...[OLD, NEW].map(wholeRun), onPlainHttp]
    expect(behaviourCounts(runs)).toMatchObject({ passed: 3, failed: [] })
  })

  it('fails a frontend once for whatever no test showed there, and no other', () => {
    const gaps = without(without(wholeRun(NEW), 'reload'), 'purse-team')
    expect(behaviourCounts([wholeRun(OLD), gaps])).toMatchObject({
      passed: 1,
      failed: [`${NEW}: reload was not shown`],
    })
    const [nothing] = behaviourCounts([{ version: OLD, outcomes: [] }]).failed
    expect(nothing).toBe(`${OLD}: one Credits entry was not shown`)
  })

  it('fails a frontend where such a test was skipped', () => {
    const whole = wholeRun(OLD)
    const outcomes = [...whole.outcomes, outcome('logout', 'skipped')]
    expect(behaviourCounts([{ ...whole, outcomes }]).failed).toEqual([
      `${OLD}: logout was not shown`,
    ])
  })

  it('leaves a failed test to its own run, where it counts already', () => {
    const whole = wholeRun(OLD)
    const outcomes = [...whole.outcomes, outcome('logout', 'failed')]
    expect(behaviourCounts([{ ...whole, outcomes }])).toMatchObject({ passed: 1, failed: [] })
  })
})
