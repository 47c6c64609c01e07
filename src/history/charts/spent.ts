import { shownCreditsFromUsdMicros, usdMicrosFromCredits } from '@comfyui-credits/contract/money'
import type { HistoryRow } from '../row.ts'

/** What rows cost together. What is proved and what was only announced are never one sum. */
export interface Spent {
  /** Micro-USD that the account or the balance shows; a refund within takes from it. */
  provedUsdMicros: number
  /** Hundredths of a credit that runs have announced and nothing has shown yet. */
  announcedHundredths: number
  /** Rows that cost more than this, or may have: of them not all is known. */
  open: number
  rows: number
}

export function nothingSpent(): Spent {
  return { provedUsdMicros: 0, announcedHundredths: 0, open: 0, rows: 0 }
}

/** What cost something, or may have: runs, calls, and what of the balance went without a word. */
export function isSpending({ kind, change }: HistoryRow): boolean {
  if (kind === 'run' || kind === 'usage') return true
  const hasGone = change.basis === 'actual' && change.usdMicros < 0
  return hasGone && (kind === 'shared' || kind === 'unexplained')
}

export function spend(spent: Spent, { change }: Pick<HistoryRow, 'change'>): void {
  spent.rows += 1
  if (change.basis === 'actual') {
    spent.provedUsdMicros -= change.usdMicros
    if (!change.complete) spent.open += 1
  } else if (change.basis === 'announced') {
    spent.announcedHundredths += Math.round(change.credits * 100)
  } else if (change.basis === 'unknown') spent.open += 1
}

export function addSpent(sum: Spent, more: Spent): void {
  sum.provedUsdMicros += more.provedUsdMicros
  sum.announcedHundredths += more.announcedHundredths
  sum.open += more.open
  sum.rows += more.rows
}

export function provedCredits({ provedUsdMicros }: Spent): number {
  return shownCreditsFromUsdMicros(provedUsdMicros)
}

export function announcedCredits({ announcedHundredths }: Spent): number {
  return announcedHundredths / 100
}

/** Only for the length of a bar, and to say how much of the whole something is. */
export function sizeOf(spent: Spent): number {
  return provedCredits(spent) + announcedCredits(spent)
}

export function largestFirst(a: { readonly spent: Spent }, b: { readonly spent: Spent }): number {
  return roughUsdMicros(b.spent) - roughUsdMicros(a.spent) || b.spent.rows - a.spent.rows
}

/** `sizeOf`, without exact figures: a hundred thousand are compared. */
function roughUsdMicros({ provedUsdMicros, announcedHundredths }: Spent): number {
  return provedUsdMicros + usdMicrosFromCredits(announcedHundredths / 100)
}
