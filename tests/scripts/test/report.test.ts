import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { behaviours, whyLacking } from '../../../scripts/behaviours.ts'
import { failure, PASSED, type TestCounts } from '../../../scripts/test/counts.ts'
import {
  completeResults,
  readReports,
  writeReport,
  type StepResult,
} from '../../../scripts/test/report.ts'
import { plannedSteps, stepsNamed } from '../../../scripts/test/steps.ts'
import { summarise } from '../../../scripts/test/summary.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reports-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** An end-to-end step that showed every behaviour that its frontend can have. */
function shownOn(version: string): TestCounts {
  const tagged = behaviours
    .filter(({ tag }) => whyLacking(tag, version) === null)
    .map(({ tag }) => ({ tags: [tag], state: 'passed' as const }))
  return { passed: tagged.length, failed: [], skipped: [], tagged }
}

describe('the reports of several jobs', () => {
  const lint: StepResult = { step: 'lint', counts: PASSED }
  const newest: StepResult = { step: 'e2e:1.58.1', counts: shownOn('1.58.1') }

  it('are read from files and folders as they were written', async () => {
    await writeReport(join(folder, 'both/a.json'), [lint])
    await writeReport(join(folder, 'both/b.json'), [newest])
    expect(await readReports([join(folder, 'both')])).toEqual([lint, newest])
    expect(
      await readReports(['both/b.json', 'both/a.json'].map((name) => join(folder, name))),
    ).toEqual([newest, lint])
  })

  it.each([
    ['no JSON', '{'],
    ['something else', '{"results":[{"step":"lint"}]}'],
  ])('that hold %s are refused in a sentence', async (_, text) => {
    const file = join(folder, 'other.json')
    await writeFile(file, text)
    await expect(readReports([file])).rejects.toThrow(
      `${file} is not a report of \`npm test -- --report\`.`,
    )
  })

  it('that are not there are refused in a sentence', async () => {
    await expect(readReports(['nowhere'])).rejects.toThrow('There is no report nowhere.')
  })

  it('fail for each step that is in none of them', () => {
    const results = completeResults(stepsNamed(['lint', 'e2e:1.40.7', 'e2e:1.58.1']), [
      lint,
      newest,
    ])
    expect(results).toEqual([
      lint,
      newest,
      { step: 'e2e:1.40.7', counts: failure('e2e:1.40.7 is in no report') },
    ])
    expect(summarise(results).ok).toBe(false)
  })

  it('fail for a step that is in two of them', () => {
    expect(() => completeResults([], [lint, lint])).toThrow('the same step')
  })
})

describe('the summary', () => {
  const complete: readonly StepResult[] = plannedSteps('all').map(({ name, target }) => ({
    step: name,
    counts: target ? shownOn(target.version) : PASSED,
  }))

  it('of complete results has one table of all frontends, and is green', () => {
    const { lines, ok } = summarise(complete)
    expect(ok).toBe(true)
    expect(lines[1]).toMatch(
      /^ComfyUI frontend +1\.40\.7 +1\.40\.7 http +1\.45\.21 +1\.50\.6 +1\.58\.1 +1\.58\.1 http$/,
    )
    expect(lines).toContain('✓ behaviours: 6 passed, 0 failed')
    expect(lines.at(-1)).toMatch(/^\d+ passed, 0 failed$/)
  })

  it('fails for a behaviour that no test showed', () => {
    const results = complete.map(({ step, counts }) =>
      step === 'e2e:1.45.21'
        ? {
            step,
            counts: {
              ...counts,
              tagged: counts.tagged.filter((one) => !one.tags.includes('reload')),
            },
          }
        : { step, counts },
    )
    const { lines, ok } = summarise(results)
    expect(ok).toBe(false)
    expect(lines).toContain('    ✗ 1.45.21: reload was not shown')
    expect(lines.at(-1)).toMatch(/^\d+ passed, 1 failed$/)
  })

  it('names each failed test below its step, and each reason of a skipped one', () => {
    const unit: TestCounts = {
      passed: 3,
      failed: ['adds up (expected 1 to be 2)'],
      skipped: ['draws (no canvas)', 'draws (no canvas)'],
      tagged: [],
    }
    expect(summarise([{ step: 'unit', counts: unit }])).toEqual({
      lines: [
        '',
        '─'.repeat(60),
        '✗ unit: 3 passed, 1 failed, 2 skipped',
        '    ✗ adds up (expected 1 to be 2)',
        '  skipped: draws (no canvas)',
        '',
        '3 passed, 1 failed, 2 skipped',
      ],
      ok: false,
    })
  })
})
