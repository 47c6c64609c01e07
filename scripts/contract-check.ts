import process from 'node:process'
import { Problem } from '../sandbox/problem.ts'
import { readApiSettings } from './api-settings.ts'
import { checkContract, type Outcome } from './contract-requests.ts'

const NEEDS_KEY = `This needs an API key of yours: create one at https://platform.comfy.org/login, then run
  COMFY_API_KEY=… npm run contract:check
It only reads (GET), and prints names and types of fields but no values.`

const NOTHING_COMPARED =
  'Nothing could be compared. Check the network, and that the key is complete and still listed at https://platform.comfy.org/login.'

const MARKS = { mismatch: '!', unknown: '+', open: '·', unseen: '?' } as const
const LEGEND =
  '! mismatch, the panel cannot read it   + not in the contract   · in an open part   ? not seen'

function print(outcome: Outcome): void {
  console.log(outcome.request)
  if (outcome.kind !== 'compared') {
    console.log(`  ${isBad(outcome) ? '!' : '?'} ${outcome.kind}: ${outcome.reason}`)
    return
  }
  for (const { kind, path, message } of outcome.differences) {
    console.log(`  ${MARKS[kind]} ${path || 'the answer'} ${message}`)
  }
  if (!isBad(outcome)) console.log('  matches')
}

function isBad(outcome: Outcome): boolean {
  if (outcome.kind !== 'compared') return outcome.kind !== 'not for this key'
  return outcome.differences.some(({ kind }) => kind === 'mismatch')
}

/** Prints how the live API differs from the contract; a difference sets the exit code to 1. */
export async function checkLiveApi(): Promise<void> {
  const { keys, apiBase, cloudBase } = readApiSettings(NEEDS_KEY)
  const [only, ...more] = keys
  if (!only || more.length > 0) throw new Problem('COMFY_API_KEY has several keys. Give it one.')
  const outcomes = await checkContract({ apiBase, cloudBase, key: only.key })
  console.log(`${LEGEND}\n`)
  for (const outcome of outcomes) print(outcome)
  const compared = outcomes.filter(({ kind }) => kind === 'compared').length
  const bad = outcomes.filter(isBad).length
  console.log(`\n${compared} of ${outcomes.length} compared, ${bad} against the contract.`)
  if (compared === 0) throw new Problem(NOTHING_COMPARED)
  process.exitCode = bad > 0 ? 1 : 0
}
