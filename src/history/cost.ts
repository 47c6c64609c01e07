import {
  exactCreditsFromUsdMicros,
  shownCreditsFromUsdMicros,
  usdMicrosFromCredits,
} from '@comfyui-credits/contract/money'
import type { Certainty } from '../reconciliation/verdict.ts'
import type { HistoryRow, RowChange } from './row.ts'

/** What a row did to the balance, with a sign, proved or announced; null where no figure is. */
export function changedUsdMicros(change: RowChange): number | null {
  switch (change.basis) {
    case 'actual':
      return change.usdMicros
    case 'announced':
      return negated(usdMicrosFromCredits(change.credits))
    case 'none':
      return 0
    case 'unknown':
      return null
  }
}

/** The same in credits, for showing; what was announced is as it was said. */
export function changedCredits(change: RowChange): number | null {
  if (change.basis === 'announced') return negated(change.credits)
  const usdMicros = changedUsdMicros(change)
  return usdMicros === null ? null : shownCreditsFromUsdMicros(usdMicros)
}

/** To the last micro-USD, for files. */
export function exactCredits(change: RowChange): number | null {
  if (change.basis === 'announced') return negated(change.credits)
  const usdMicros = changedUsdMicros(change)
  return usdMicros === null ? null : exactCreditsFromUsdMicros(usdMicros)
}

/** There is no -0 in money. */
function negated(amount: number): number {
  return amount === 0 ? 0 : -amount
}

/** How sure that figure is. */
export function certaintyOf(change: RowChange): Certainty {
  switch (change.basis) {
    case 'actual':
      return change.complete ? 'proved' : 'at-least'
    case 'announced':
      return 'announced'
    case 'none':
      return 'proved'
    case 'unknown':
      return 'unknown'
  }
}

/** What a run has cost, in micro-USD; null for anything but a run, and while it is not known. */
export function costOf({ kind, change }: HistoryRow): number | null {
  if (kind !== 'run') return null
  if (change.basis === 'actual') return change.complete ? negated(change.usdMicros) : null
  return change.basis === 'announced' ? usdMicrosFromCredits(change.credits) : null
}
