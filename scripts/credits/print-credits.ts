import process from 'node:process'
import { Problem } from '../../sandbox/problem.ts'
import { estimateOf, outputOf } from '../estimate/estimate-files.ts'
import type { Estimate } from '../../src/estimate/estimate.ts'
import { readApiSettings } from '../api-settings.ts'
import { reportFileError } from '../json-file.ts'
import { askAccounts, type Answer } from './ask-accounts.ts'
import {
  estimateInWords,
  reportBalance,
  reportEstimate,
  reportEvents,
  reportSpent,
  type ReportOn,
} from './reports.ts'

const NEEDS_KEY = `This needs an API key of yours: create one at https://platform.comfy.org/login, then run
  COMFY_API_KEY=… npm run credits -- balance
It only reads.`

/** Where ComfyUI runs unless somebody says otherwise. */
const LOCAL_COMFYUI = 'http://127.0.0.1:8188'

interface Options {
  readonly json: boolean
  readonly below: number | undefined
  /** How many events. */
  readonly last: number
}

/** The account has less than `below`. */
const EXIT_BELOW = 3

export async function printCredits(args: readonly string[], options: Options): Promise<void> {
  const [question = '', ...files] = args
  const settings = readApiSettings(NEEDS_KEY)
  try {
    const { reportOn, estimate } = await read(question, files, options)
    const { below } = options
    const limit = below === undefined ? null : { credits: below, estimate }
    const answers = await askAccounts(settings, reportOn, limit)
    if (options.json) printJson(answers, estimate)
    else printWords(answers, estimate)
    process.exitCode = exitCodeOf(answers)
  } catch (error) {
    reportFileError(error)
  }
}

interface Question {
  readonly reportOn: ReportOn
  readonly estimate: Estimate | null
}

async function read(
  question: string,
  files: readonly string[],
  { last }: Options,
): Promise<Question> {
  if (question === 'estimate') {
    const [workflow, objectInfo = LOCAL_COMFYUI] = files
    if (workflow === undefined) throw refusal('Name the workflow after `estimate`.')
    const estimate = await estimateOf({ workflow, objectInfo }, 1)
    return { reportOn: reportEstimate(estimate), estimate }
  }
  if (files.length > 0) throw refusal(`\`${question}\` takes no files.`)
  if (question === 'balance') return { reportOn: reportBalance, estimate: null }
  if (question === 'spent') return { reportOn: reportSpent, estimate: null }
  if (question === 'events') return { reportOn: reportEvents(last), estimate: null }
  throw refusal(`It answers balance, events, spent and estimate, not "${question}".`)
}

const refusal = (sentence: string): Problem =>
  new Problem(`${sentence} \`npm run credits -- --help\` explains the command.`)

function printJson(answers: readonly Answer[], estimate: Estimate | null): void {
  const accounts = answers.map(({ name, result }) =>
    'code' in result
      ? { name, error: { code: result.code, message: result.sentence } }
      : {
          name,
          workspace: result.workspace,
          ...result.json,
          ...(result.isBelow === null ? {} : { is_below: result.isBelow }),
        },
  )
  const of = estimate ? { estimate: outputOf(estimate) } : {}
  console.log(JSON.stringify({ ...of, accounts }, null, 2))
}

function printWords(answers: readonly Answer[], estimate: Estimate | null): void {
  if (estimate) console.log(estimateInWords(estimate))
  const isOne = answers.length === 1
  for (const { name, result } of answers) {
    const prefix = isOne ? '' : `${name}: `
    if ('code' in result) console.error(`${prefix}${result.code}. ${result.sentence}`)
    else for (const line of result.lines) console.log(prefix + line)
  }
}

function exitCodeOf(answers: readonly Answer[]): number {
  if (answers.some(({ result }) => 'code' in result)) return 1
  return answers.some(({ result }) => 'lines' in result && result.isBelow) ? EXIT_BELOW : 0
}
