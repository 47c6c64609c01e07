import { exactCreditsFromUsdMicros } from '@comfyui-credits/contract/money'
import { Problem } from '../../sandbox/problem.ts'
import { estimate, type Estimate, type MissingNode } from '../../src/estimate/estimate.ts'
import type { NodeEstimate } from '../../src/estimate/node-estimate.ts'
import { readObjectInfo, type ObjectInfo } from '../../src/estimate/object-info.ts'
import { EstimateInputError } from '../../src/estimate/prompt.ts'
import { readPrompt } from '../../src/estimate/read-prompt.ts'
import { unchangedSince } from '../../src/estimate/unchanged.ts'
import { fetchJsonAs, readJsonAs, reportFileError } from '../json-file.ts'
import { nodeEvaluator } from './node-evaluator.ts'
import { MISSING, reasonSentence, REUSED, runSentences } from './sentences.ts'

interface Files {
  readonly workflow: string
  /** Or the address of a ComfyUI that runs. */
  readonly objectInfo: string | undefined
  /** The workflow or prompt of the run before. */
  readonly after?: string | undefined
}

type Named = Files & { readonly objectInfo: string }

/** Nobody waits at a page, and the machine may be busy. */
const ANSWER_MS = 500

/** Prints the estimate as JSON. A file that cannot be used is named, and fails the command. */
export async function estimateFiles(files: Files, batchCount: number): Promise<void> {
  const { objectInfo } = files
  if (objectInfo === undefined) {
    throw new Problem(
      'Name the object info after the workflow. `npm run estimate -- --help` explains the command.',
    )
  }
  try {
    console.log(
      JSON.stringify(outputOf(await estimateOf({ ...files, objectInfo }, batchCount)), null, 2),
    )
  } catch (error) {
    reportFileError(error)
  }
}

/** Throws for `reportFileError`. */
export async function estimateOf(files: Named, batchCount: number): Promise<Estimate> {
  const objectInfo = await objectInfoFrom(files.objectInfo)
  const read = (path: string) =>
    readJsonAs(path, (json) => readPrompt(json, objectInfo), EstimateInputError)
  const prompt = read(files.workflow)
  const cached =
    files.after === undefined ? new Set<string>() : unchangedSince(read(files.after), prompt)
  const evaluator = nodeEvaluator(ANSWER_MS)
  try {
    return await estimate(prompt, objectInfo, evaluator, { batchCount, cached })
  } finally {
    evaluator.close()
  }
}

async function objectInfoFrom(source: string): Promise<ObjectInfo> {
  if (!/^https?:\/\//.test(source)) return readJsonAs(source, readObjectInfo, EstimateInputError)
  const url = `${source.replace(/\/+$/, '')}/object_info`
  return fetchJsonAs(url, readObjectInfo, EstimateInputError)
}

/** As it is printed. */
export function outputOf({ nodes, total, missing }: Estimate) {
  const perhapsPartners = missing.filter(({ mayBePartner }) => mayBePartner)
  const unknown = perhapsPartners.filter(({ run }) => run !== 'not-needed').length
  return {
    nodes: [...nodes.map(nodeOutput), ...perhapsPartners.map(missingOutput)],
    total: { ...credits(total), unknown: total.unknown + unknown },
    missing_types: [...new Set(missing.map(({ type }) => type))],
  }
}

const missingOutput = ({ id, type, run }: MissingNode) => ({
  id,
  type,
  kind: 'unknown',
  ...credits(null),
  label: null,
  reason: MISSING,
  reason_code: 'node-missing',
  calls: null,
  run,
  run_note: runSentences[run],
})

function nodeOutput(node: NodeEstimate) {
  const { id, type, kind, amount, label, reason, calls, run, isReused } = node
  return {
    id,
    type,
    kind,
    ...credits(amount),
    label,
    reason: reason ? reasonSentence(reason) : null,
    reason_code: reason?.code ?? null,
    calls,
    run,
    run_note: run === 'yes' && isReused ? REUSED : runSentences[run],
  }
}

function credits(amount: NodeEstimate['amount']) {
  return {
    min_credits: exactCredits(amount?.minUsdMicros),
    max_credits: exactCredits(amount?.maxUsdMicros),
    typical_credits: exactCredits(amount?.typicalUsdMicros),
  }
}

const exactCredits = (usdMicros: number | undefined): number | null =>
  usdMicros === undefined ? null : exactCreditsFromUsdMicros(usdMicros)
