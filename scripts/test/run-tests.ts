import process from 'node:process'
import { untilInterrupted } from '../until-interrupted.ts'
import { createProgress, seconds, type Progress } from './progress.ts'
import { completeResults, readReports, writeReport, type StepResult } from './report.ts'
import { prepareStep, runStep } from './run-step.ts'
import type { Step } from './steps.ts'
import { summarise } from './summary.ts'

const INTERRUPTED = 130

interface TestSettings {
  /** Where the results go as JSON, for `mergeReports`. */
  readonly report: string | undefined
}

/** Runs the steps and prints their results. A failure sets the exit code to 1. */
export async function runTests(steps: readonly Step[], { report }: TestSettings): Promise<void> {
  const start = Date.now()
  const ending = new AbortController()
  void untilInterrupted().then(() => ending.abort())
  for (const step of steps) await prepareStep(step)
  const ready = Date.now()
  const progress = createProgress(steps.length, (text) => process.stdout.write(text), Date.now)
  const results = await runPhases(steps, progress, ending.signal)
  if (ending.signal.aborted) {
    console.error('\nInterrupted.')
    process.exit(INTERRUPTED)
  }
  if (report !== undefined) await writeReport(report, results)
  const setUp = seconds(ready - start)
  print(results, `${seconds(Date.now() - start)} in all, ${setUp} of it to fetch what was missing`)
}

/** Prints the results of several runs as if they were one, which should have had these steps. */
export async function mergeReports(
  planned: readonly Step[],
  paths: readonly string[],
): Promise<void> {
  print(completeResults(planned, await readReports(paths)), `merged from ${paths.join(', ')}`)
}

async function runPhases(
  steps: readonly Step[],
  progress: Progress,
  signal: AbortSignal,
): Promise<readonly StepResult[]> {
  const results = new Map<Step, StepResult>()
  const runNext = async (waiting: Step[]): Promise<void> => {
    for (let step = waiting.shift(); step; step = waiting.shift()) {
      if (signal.aborted) return
      const output = progress.begin(step)
      const counts = await runStep(step, { write: output.write, signal })
      if (signal.aborted) return
      output.end(counts)
      results.set(step, { step: step.name, counts })
    }
  }
  for (const phase of ['first', 'pair', 'end-to-end'] as const) {
    const waiting = steps.filter((step) => step.phase === phase)
    const atOnce = phase === 'pair' ? 2 : 1
    await Promise.all(Array.from({ length: atOnce }, () => runNext(waiting)))
  }
  return steps.flatMap((step) => results.get(step) ?? [])
}

function print(results: readonly StepResult[], note: string): void {
  const { lines, ok } = summarise(results)
  console.log([...lines.slice(0, -1), note, lines.at(-1)].join('\n'))
  process.exitCode = ok ? 0 : 1
}
