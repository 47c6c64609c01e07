import type { Certainty } from '../../reconciliation/verdict.ts'
import { certaintyOf } from '../cost.ts'
import type { RowChange } from '../row.ts'

/** As much of `Certainty` as a filter tells apart. `estimated`: not confirmed, or only in part. */
export const roughCertainties = ['actual', 'estimated', 'unknown'] as const
export type RoughCertainty = (typeof roughCertainties)[number]

const roughly: Readonly<Record<Certainty, RoughCertainty>> = {
  proved: 'actual',
  'at-least': 'estimated',
  announced: 'estimated',
  unknown: 'unknown',
}

export function roughCertaintyOf(change: RowChange): RoughCertainty {
  return roughly[certaintyOf(change)]
}
