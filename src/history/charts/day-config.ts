import { formatCredits } from '../../i18n/format.ts'
import type { ChartConfig } from './chart.ts'
import { hatched, labelFont, seriesColour } from './colours.ts'
import { creditsAxis, namesAxis, chartOptions, type Drawing } from './options.ts'
import type { PerDay, Series } from './per-day.ts'
import { announcedCredits, provedCredits, type Spent } from './spent.ts'

interface DayChart {
  readonly days: PerDay
  /** Of periods and series, as they are shown. */
  readonly periods: readonly string[]
  readonly names: readonly string[]
  /** What is said of a figure that was only announced. */
  readonly announced: (figure: string) => string
  readonly onPick: (period: number) => void
}

/** A stack for each period; of each series first what is proved, then hatched what was announced. */
export function dayConfig(
  { days, periods, names, announced, onPick }: DayChart,
  drawing: Drawing,
): ChartConfig {
  const { theme, locale } = drawing
  const stacks = days.series.flatMap((series, index) => stacksOf(series, index))
  return {
    type: 'bar',
    data: {
      labels: [...periods],
      datasets: stacks.map(({ of, index, isProved, credits }) => {
        const colour = colourOf(of, index, drawing)
        return {
          label: names[index] ?? '',
          data: credits,
          stack: 'credits',
          backgroundColor: isProved ? colour : hatched(colour),
          hoverBackgroundColor: isProved ? colour : hatched(colour),
          borderColor: isProved ? theme.page : colour,
          borderWidth: 1,
          borderSkipped: false,
          maxBarThickness: 48,
        }
      }),
    },
    options: {
      ...chartOptions(drawing, { onPick }),
      scales: {
        x: { ...namesAxis(drawing, true), stacked: true },
        y: { ...creditsAxis(drawing), stacked: true },
      },
      plugins: {
        tooltip: {
          ...chartOptions(drawing, { onPick }).plugins?.tooltip,
          filter: ({ raw }) => raw !== 0,
          callbacks: {
            label: ({ raw, dataset, datasetIndex }) => {
              const figure = `${dataset.label}: ${formatCredits(Number(raw), locale)}`
              return stacks[datasetIndex]?.isProved ? figure : announced(figure)
            },
          },
        },
      },
    },
    labelOf: (dataset) => {
      const stack = stacks[dataset]
      if (!stack?.isProved) return null
      const text = String(stack.index + 1)
      return { text, colour: theme.page, font: labelFont(theme), place: 'inside' }
    },
  }
}

interface Stack {
  readonly of: Series
  readonly index: number
  readonly isProved: boolean
  readonly credits: number[]
}

function stacksOf(of: Series, index: number): Stack[] {
  const stack = (isProved: boolean, credits: (spent: Spent) => number): Stack[] => {
    const figures = of.perPeriod.map(credits)
    return figures.some((figure) => figure !== 0) ? [{ of, index, isProved, credits: figures }] : []
  }
  return [...stack(true, provedCredits), ...stack(false, announcedCredits)]
}

export function colourOf({ of }: Series, index: number, { theme }: Pick<Drawing, 'theme'>): string {
  return seriesColour(of.kind === 'others' ? Infinity : index, theme)
}
