import { endings } from '../history/charts/failed-share.ts'
import type { Filter } from '../history/list/filter.ts'
import type { RowStatus } from '../history/row.ts'
import type { ChartSeries, SpendingChart, Stacking } from './spending-chart.ts'

/** What was clicked. */
export interface ChartPick {
  /** Null: all of them. */
  readonly column: number | null
  /** Null: all of them. */
  readonly series: number | null
}

const OUTCOMES = {
  failed: endings.failed,
  cancelled: [...endings.cancelled, ...endings.interrupted],
  succeeded: endings.succeeded,
  pending: endings.other,
} as const satisfies Record<string, readonly RowStatus[]>

/** Which rows of the history a part of the chart is made of. */
export function chartFilter(
  chart: SpendingChart,
  by: Stacking,
  { column, series }: ChartPick,
): Partial<Filter> {
  const [first, last] = [chart.columns.at(column ?? 0), chart.columns.at(column ?? -1)]
  const one = series === null ? undefined : chart.series[series]
  return {
    time: { from: first?.from ?? null, to: last?.to ?? null },
    ...(one && filterOf(one, by)),
  }
}

function filterOf({ of }: ChartSeries, by: Stacking): Partial<Filter> {
  switch (of.kind) {
    case 'names':
      return { [`${by}s`]: of.names }
    case 'failed':
    case 'cancelled':
    case 'succeeded':
    case 'pending':
      return { outcomes: OUTCOMES[of.kind] }
    case 'shared':
      return { kinds: ['shared'] }
    // The list has no filter for what has no name, nor for all but some: their time says most.
    case 'unnamed':
    case 'others':
      return {}
  }
}
