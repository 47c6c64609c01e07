import type { RowStatus } from '../row.ts'

/** What was clicked in a picture: to be laid over the list's filter. */
export interface HistoryPick {
  /** Epoch milliseconds; `to` is not in it any more. */
  readonly time?: { readonly from: number; readonly to: number }
  readonly workflows?: readonly string[]
  readonly nodes?: readonly string[]
  readonly models?: readonly string[]
  readonly outcomes?: readonly RowStatus[]
}
