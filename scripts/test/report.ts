import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as z from 'zod'
import { Problem } from '../../sandbox/problem.ts'
import { failure, testCountsSchema } from './counts.ts'
import type { Step } from './steps.ts'

const resultSchema = z.object({ step: z.string(), counts: testCountsSchema })
const reportSchema = z.object({ results: z.array(resultSchema) })

/** The result of a step, by its name. */
export type StepResult = z.infer<typeof resultSchema>

export async function writeReport(file: string, results: readonly StepResult[]): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, JSON.stringify({ results }, null, 2))
}

/** Reads reports, each a file or all the .json files of a folder. Throws a Problem. */
export async function readReports(paths: readonly string[]): Promise<readonly StepResult[]> {
  const files = await Promise.all(paths.map(filesAt))
  const reports = await Promise.all(files.flat().map(readReport))
  return reports.flat()
}

/** A step without a result has failed: the job that should have run it may have died. */
export function completeResults(
  planned: readonly Step[],
  results: readonly StepResult[],
): readonly StepResult[] {
  const names = new Set(results.map(({ step }) => step))
  if (names.size < results.length) throw new Problem('Two of the reports have the same step.')
  const missing = planned.filter(({ name }) => !names.has(name))
  return [
    ...results,
    ...missing.map(({ name }) => ({ step: name, counts: failure(`${name} is in no report`) })),
  ]
}

async function filesAt(path: string): Promise<readonly string[]> {
  const found = await stat(path).catch(() => null)
  if (!found) throw new Problem(`There is no report ${path}.`)
  if (!found.isDirectory()) return [path]
  const names = (await readdir(path)).filter((name) => name.endsWith('.json'))
  return names.map((name) => join(path, name))
}

async function readReport(file: string): Promise<readonly StepResult[]> {
  try {
    return reportSchema.parse(JSON.parse(await readFile(file, 'utf8'))).results
  } catch (cause) {
    throw new Problem(`${file} is not a report of \`npm test -- --report\`.`, { cause })
  }
}
