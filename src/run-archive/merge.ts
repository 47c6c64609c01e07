import { mergeRuns } from '../runs/merge-runs.ts'
import type { Run } from '../runs/run.ts'
import { holdVerdict, isShown, type Verdict } from '../reconciliation/verdict.ts'
import { isOfRow } from './file-row.ts'

/** What becomes of a stored run, or of its verdict, when the same is written again. */
export interface Merge {
  readonly runs: (stored: Run, written: Run) => Run
  readonly verdicts: (stored: Verdict, written: Verdict) => Verdict
}

/** What a page has seen is later than what is stored. */
export const mergeOfPage: Merge = {
  runs: (stored, written) => richer(stored, written) ?? mergeRuns(stored, written),
  verdicts: (stored, written) => richerVerdict(stored, written) ?? holdVerdict(written, stored),
}

/** What stands in a file is not later than what is stored, and only adds to it. */
export const mergeOfFile: Merge = {
  runs: (stored, written) => richer(stored, written) ?? mergeRuns(written, stored),
  verdicts: (stored, written) => {
    const surest =
      richerVerdict(stored, written) ?? (rankOf(written) > rankOf(stored) ? written : stored)
    return { ...surest, who: surest.who ?? stored.who ?? written.who }
  },
}

/** Of a run with its calls and a mere row of it, the run; null where both are the same in this. */
function richer(stored: Run, written: Run): Run | null {
  if (isOfRow(stored) === isOfRow(written)) return null
  return isOfRow(stored) ? written : stored
}

function richerVerdict(stored: Verdict, written: Verdict): Verdict | null {
  if (isOfRow(stored) === isOfRow(written)) return null
  const [row, whole] = isOfRow(stored) ? [stored, written] : [written, stored]
  return isShown(whole) ? whole : row
}

/** Of a confirmed figure: above every amount. */
const BY_BALANCE = 2 * Number.MAX_SAFE_INTEGER
const BY_EVENTS = 2 * BY_BALANCE

/**
 * How sure a verdict is, as a number: in whatever order files are imported, and however often, the
 * surest stays. Events of the account are surer than the balance, which others move too. Of what is
 * confirmed as a minimum, more is surer than less.
 */
function rankOf(verdict: Verdict): number {
  const { certainty, usdMicros, evidence } = verdict
  if (!isShown(verdict)) return -1
  if (certainty === 'proved') return evidence.match === null ? BY_BALANCE : BY_EVENTS
  return certainty === 'at-least' ? (usdMicros ?? 0) + 1 : 0
}
