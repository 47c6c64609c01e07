import type { HistoryRow } from './row.ts'

/**
 * What a change of the balance is called, so that no sum mixes two of them. Money that went back to
 * a card was not spent, and credits that support gave back were not bought.
 */
export const movements = [
  'spent',
  'added',
  'payment-refunded',
  'credits-refunded',
  'disputed',
  'dispute-won',
  'adjusted-up',
  'adjusted-down',
  'unknown-charge',
  'unknown-credit',
] as const
export type Movement = (typeof movements)[number]

/** What a row did to the balance, by its name; null where it did nothing that is known. */
export function movementOf({ kind, change }: HistoryRow): Movement | null {
  if (change.basis === 'announced') return 'spent'
  if (change.basis !== 'actual' || change.usdMicros === 0) return null
  const came = change.usdMicros > 0
  switch (kind) {
    case 'run':
    case 'usage':
    case 'shared':
      return 'spent'
    case 'top-up':
      return came ? 'added' : 'payment-refunded'
    case 'refund':
      return came ? 'credits-refunded' : 'payment-refunded'
    case 'dispute':
      return came ? 'dispute-won' : 'disputed'
    case 'adjustment':
      return came ? 'adjusted-up' : 'adjusted-down'
    case 'unexplained':
      return came ? 'unknown-credit' : 'unknown-charge'
    // An event of a type that is not known: what takes credits is a charge.
    case 'other':
    case 'account':
    case 'refused':
      return came ? 'unknown-credit' : 'spent'
  }
}
