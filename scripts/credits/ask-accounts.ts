import { apiErrorCode } from '../../src/api/errors.ts'
import { ApiError, type ApiErrorCode } from '../../src/api/port.ts'
import type { Estimate } from '../../src/estimate/estimate.ts'
import type { ApiSettings } from '../api-settings.ts'
import { openAccount } from './account.ts'
import { isBelow, type Report, type ReportOn } from './reports.ts'

/** What became of one key. */
export interface Answer {
  readonly name: string
  readonly result: Answered | { readonly code: ApiErrorCode; readonly sentence: string }
}

interface Answered extends Report {
  readonly workspace: string | null
  /** Null where nobody asked. */
  readonly isBelow: boolean | null
}

interface Limit {
  readonly credits: number
  readonly estimate: Estimate | null
}

/** One answer for each key, in their order. What fails with one key is that key's answer. */
export function askAccounts(
  { keys, ...addresses }: ApiSettings,
  reportOn: ReportOn,
  limit: Limit | null,
): Promise<readonly Answer[]> {
  return Promise.all(
    keys.map(async ({ name, key }): Promise<Answer> => {
      try {
        const account = await openAccount(key, addresses)
        const report = await reportOn(account)
        const below = limit && (await isBelow(account, limit.credits, limit.estimate))
        return { name, result: { ...report, workspace: account.workspace, isBelow: below } }
      } catch (error) {
        if (!(error instanceof ApiError)) throw error
        const code = apiErrorCode(error)
        return { name, result: { code, sentence: sentenceOf(code, error.message) } }
      }
    }),
  )
}

function sentenceOf(code: ApiErrorCode, message: string): string {
  const known = sentences[code]
  return known ?? `${message}.`
}

const sentences: Partial<Record<ApiErrorCode, string>> = {
  unauthorized:
    'The key was not accepted. Is it complete, and still listed at https://platform.comfy.org/login?',
  forbidden: 'The key may not ask this.',
  offline: 'The credits API could not be reached. Is the network there?',
  timeout: 'The credits API did not answer in time. Try again later.',
  'rate-limited': 'The credits API is asked too often. Try again later.',
}
