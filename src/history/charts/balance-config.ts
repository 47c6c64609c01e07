import { shownCreditsFromUsdMicros } from '@comfyui-credits/contract/money'
import { formatCredits, formatExactMoment } from '../../i18n/format.ts'
import type { BalanceLine } from './balance-line.ts'
import type { ChartConfig } from './chart.ts'
import { seriesColour, type ChartTheme } from './colours.ts'
import { creditsAxis, namesAxis, chartOptions, type Drawing } from './options.ts'

interface BalanceChart {
  readonly line: BalanceLine
  readonly moment: (at: number) => string
  readonly words: { readonly balance: string; readonly added: (credits: string) => string }
  /** Epoch milliseconds. */
  readonly onPick: (at: number) => void
}

const LINE = 0
/** More marks would hide each other. */
const CROWD = 60

/** A balance stays as it was read until the next is read; where credits were added is a triangle. */
export function balanceConfig(
  { line, moment, words, onPick }: BalanceChart,
  drawing: Drawing,
): ChartConfig {
  const { theme, locale } = drawing
  const { points, topUps } = line
  const options = chartOptions(drawing, {
    onPick: (index, dataset) => {
      const at = (dataset === LINE ? points : topUps)[index]?.at
      if (at !== undefined) onPick(at)
    },
  })
  return {
    type: 'line',
    data: { datasets: datasetsOf(line, words.balance, theme) },
    options: {
      ...options,
      interaction: { mode: 'nearest', axis: 'x', intersect: false },
      scales: {
        x: {
          ...namesAxis(drawing, true),
          type: 'linear',
          ...endsOf(points),
          afterBuildTicks: (axis) => {
            axis.ticks = ticksOf(line).map((value) => ({ value }))
          },
          ticks: {
            ...namesAxis(drawing, true).ticks,
            callback: (value) => moment(Number(value)),
          },
        },
        y: creditsAxis(drawing),
      },
      plugins: {
        tooltip: {
          ...options.plugins?.tooltip,
          callbacks: {
            title: ([item]) => (item ? formatExactMoment(item.parsed.x ?? 0, locale) : ''),
            label: ({ datasetIndex, dataIndex, parsed }) => {
              const added = datasetIndex === LINE ? undefined : topUps[dataIndex]
              return added
                ? words.added(formatCredits(shownCreditsFromUsdMicros(added.usdMicros), locale))
                : `${words.balance}: ${formatCredits(parsed.y ?? 0, locale)}`
            },
          },
        },
      },
    },
  }
}

function datasetsOf(
  { points, topUps }: BalanceLine,
  label: string,
  theme: ChartTheme,
): ChartConfig['data']['datasets'] {
  const [lineColour, topUpColour] = [seriesColour(0, theme), seriesColour(1, theme)]
  return [
    {
      label,
      data: points.map(({ at, usdMicros }) => ({ x: at, y: shownCreditsFromUsdMicros(usdMicros) })),
      stepped: true,
      borderColor: lineColour,
      backgroundColor: lineColour,
      borderWidth: 2,
      pointRadius: points.length === 1 ? 4 : 0,
    },
    {
      data: topUps.map(({ at, balanceUsdMicros }) => ({
        x: at,
        y: shownCreditsFromUsdMicros(balanceUsdMicros),
      })),
      showLine: false,
      pointStyle: 'triangle',
      pointRadius: topUps.length > CROWD ? 3 : 7,
      borderColor: theme.page,
      backgroundColor: topUpColour,
    },
  ]
}

function endsOf(points: BalanceLine['points']): { min?: number; max?: number } {
  const [first, last] = [points[0], points.at(-1)]
  return first && last && first.at < last.at ? { min: first.at, max: last.at } : {}
}

const MINUTE_MS = 60_000
const STEPS_MS = [1, 5, 15, 30, 60, 180, 360].map((minutes) => minutes * MINUTE_MS)
const MAX_STEPS = 8

/** Where days or longer begin, or round times where it is all within a day or two. */
function ticksOf({ points, periods }: BalanceLine): number[] {
  const { min = 0, max = 0 } = endsOf(points)
  const step = STEPS_MS.find((length) => (max - min) / length <= MAX_STEPS)
  if (step === undefined) return periods.flatMap(({ from }) => (from >= min ? [from] : []))
  const first = Math.ceil(min / step) * step
  const count = Math.floor((max - first) / step) + 1
  return Array.from({ length: Math.max(0, count) }, (_, index) => first + index * step)
}
