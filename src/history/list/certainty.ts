import type { RowChange } from '../row.ts'

/** `estimated`: announced and not confirmed, or confirmed in part. */
export const certainties = ['actual', 'estimated', 'unknown'] as const
export type RowCertainty = (typeof certainties)[number]

export function certaintyOf(change: RowChange): RowCertainty {
  switch (change.basis) {
    case 'actual':
      return change.complete ? 'actual' : 'estimated'
    case 'none':
      return 'actual'
    case 'announced':
      return 'estimated'
    case 'unknown':
      return 'unknown'
  }
}
