import type { LimitProgress } from './progress.ts'

export type SharePercent = 50 | 80 | 100

/**
 * - `share`: so much of a limit is used, or about to be
 * - `low-balance`: the balance has fallen below the threshold
 * - `runaway`: auto-queue was paused
 */
export type LimitAlert =
  | {
      readonly kind: 'share'
      readonly progress: LimitProgress
      readonly percent: SharePercent
    }
  | {
      readonly kind: 'low-balance'
      readonly balanceUsdMicros: number
      readonly thresholdUsdMicros: number
    }
  | { readonly kind: 'runaway'; readonly spentUsdMicros: number; readonly minutes: number }
