import { behaviourCounts, behaviourTable } from '../behaviours.ts'
import { addCounts, summaryLine, type TestCounts } from './counts.ts'
import type { StepResult } from './report.ts'
import { allSteps } from './steps.ts'

interface Summary {
  readonly lines: readonly string[]
  readonly ok: boolean
}

/** All results: the behaviours, the steps, each failed test, and the counts in the last line. */
export function summarise(results: readonly StepResult[]): Summary {
  const runs = results.flatMap(({ step, counts }) => {
    const target = allSteps.find(({ name }) => name === step)?.target
    return target ? [{ ...target, outcomes: counts.tagged }] : []
  })
  const rows = [
    ...results,
    ...(runs.length > 0 ? [{ step: 'behaviours', counts: behaviourCounts(runs) }] : []),
  ]
  const total = addCounts(rows.map(({ counts }) => counts))
  return {
    lines: [
      ...(runs.length > 0 ? ['', ...behaviourTable(runs)] : []),
      '',
      '─'.repeat(60),
      ...rows.flatMap(({ step, counts }) => resultLines(step, counts)),
      ...[...new Set(total.skipped)].map((reason) => `  skipped: ${reason}`),
      '',
      summaryLine(total),
    ],
    ok: total.failed.length === 0,
  }
}

function resultLines(step: string, counts: TestCounts): readonly string[] {
  const mark = counts.failed.length > 0 ? '✗' : '✓'
  return [
    `${mark} ${step}: ${summaryLine(counts)}`,
    ...counts.failed.map((failed) => `    ✗ ${failed}`),
  ]
}
