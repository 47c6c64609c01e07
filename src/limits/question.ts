import type { LimitProgress } from './progress.ts'

/**
 * Why limits ask about a run.
 * - `limit`: it would go over a limit that stops; to go on takes a reason
 * - `above`: it may cost more than what the person wants to be asked about
 * - `runaway`: auto-queue has spent more than it may in so many minutes
 */
export type LimitQuestion =
  | { readonly kind: 'limit'; readonly progress: LimitProgress }
  | { readonly kind: 'above'; readonly aboveUsdMicros: number }
  | { readonly kind: 'runaway'; readonly spentUsdMicros: number; readonly minutes: number }
