import type { HistoryRow } from '../history/row.ts'

interface Known {
  /** Null while the balance is not known. */
  readonly usdMicros: number | null
  /** All there are; null while they are not known, or only in part. */
  readonly rows: readonly HistoryRow[] | null
  readonly failed: boolean
}

/**
 * Whether the account has neither credits nor a past: then the panel explains what credits are for.
 * `unknown` while an answer is awaited, so that nothing is said that the answer would take back.
 */
export function newcomerState({ usdMicros, rows, failed }: Known): 'yes' | 'no' | 'unknown' {
  if (usdMicros !== null && usdMicros !== 0) return 'no'
  if (rows === null) return failed ? 'no' : 'unknown'
  if (rows.some(({ kind }) => kind !== 'account')) return 'no'
  return usdMicros === null ? 'unknown' : 'yes'
}
