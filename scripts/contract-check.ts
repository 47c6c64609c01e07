import process from 'node:process'
import * as z from 'zod'
import { DEFAULT_API_BASE, DEFAULT_CLOUD_BASE } from '@comfyui-credits/contract/addresses'
import { Problem } from '../sandbox/problem.ts'
import { checkContract, type Outcome } from './contract-requests.ts'

const NEEDS_KEY = `This needs an API key of yours: create one at https://platform.comfy.org/login, then run
  COMFY_API_KEY=… npm run contract:check
It only reads (GET), and prints names and types of fields but no values.`

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

const address = z
  .url({ abort: true })
  .refine(
    (text) => new URL(text).protocol === 'https:' || LOOPBACK.has(new URL(text).hostname),
    'a key must not cross the network unencrypted; use an https address',
  )
  .refine((text) => new URL(text).username === '', 'leave out the user name before the @')
  .transform((text) => text.replace(/\/+$/, ''))

const settingsSchema = z.object({
  COMFY_API_KEY: z
    .string(NEEDS_KEY)
    .trim()
    .min(1, NEEDS_KEY)
    .regex(/^[\x21-\x7e]+$/, 'COMFY_API_KEY contains characters that no key has.'),
  COMFY_API_BASE: address.default(DEFAULT_API_BASE),
  COMFY_CLOUD_BASE: address.default(DEFAULT_CLOUD_BASE),
})

function readSettings(): z.infer<typeof settingsSchema> {
  const read = settingsSchema.safeParse(process.env)
  if (read.success) return read.data
  const [issue] = read.error.issues
  const name = String(issue?.path[0])
  throw new Problem(
    name === 'COMFY_API_KEY' ? String(issue?.message) : `${name}: ${issue?.message}.`,
  )
}

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
  const settings = readSettings()
  const outcomes = await checkContract({
    apiBase: settings.COMFY_API_BASE,
    cloudBase: settings.COMFY_CLOUD_BASE,
    key: settings.COMFY_API_KEY,
  })
  console.log(`${LEGEND}\n`)
  for (const outcome of outcomes) print(outcome)
  const compared = outcomes.filter(({ kind }) => kind === 'compared').length
  const bad = outcomes.filter(isBad).length
  console.log(`\n${compared} of ${outcomes.length} compared, ${bad} against the contract.`)
  if (compared === 0) throw new Problem(NOTHING_COMPARED)
  process.exitCode = bad > 0 ? 1 : 0
}
