import { formatCredits } from '../../i18n/format.ts'
import type { ChartConfig } from './chart.ts'
import { hatched, LABEL_GAP_PX, labelFont, seriesColour, type ChartTheme } from './colours.ts'
import { creditsAxis, namesAxis, chartOptions, type Drawing } from './options.ts'
import { announcedCredits, provedCredits, type Spent } from './spent.ts'

/** How much of the width names may have, and of a letter's height how wide it is. */
const NAMES_SHARE = 0.3
const LETTER_WIDTH = 0.55

interface BarChart {
  readonly bars: readonly { readonly name: string; readonly spent: Spent; readonly label: string }[]
  readonly words: { readonly proved: string; readonly announced: string }
  readonly onPick: (bar: number) => void
}

/** A bar across for each name: first what is proved, then hatched what was announced. */
export function barConfig({ bars, words, onPick }: BarChart, drawing: Drawing): ChartConfig {
  const { theme, locale } = drawing
  const colour = seriesColour(0, theme)
  const last = bars.some(({ spent }) => spent.announcedHundredths !== 0) ? 1 : 0
  const behind = behindIn(theme)
  const axis = namesAxis(drawing)
  const options = chartOptions(drawing, { indexAxis: 'y', onPick })
  return {
    type: 'bar',
    data: {
      labels: bars.map(({ name }) => name),
      datasets: datasetsOf(bars, words, colour).slice(0, last + 1),
    },
    options: {
      ...options,
      layout: { padding: ({ chart }) => roomFor(chart.ctx, bars, drawing) },
      scales: {
        x: { ...creditsAxis(drawing, true), stacked: true },
        y: {
          ...axis,
          stacked: true,
          ticks: {
            ...axis.ticks,
            callback(_value, index) {
              const letters = (this.chart.width * NAMES_SHARE) / (theme.fontSize * LETTER_WIDTH)
              return cut(bars[index]?.name ?? '', Math.floor(letters))
            },
          },
        },
      },
      plugins: {
        tooltip: {
          ...options.plugins?.tooltip,
          filter: ({ raw }) => raw !== 0,
          callbacks: {
            title: ([item]) => (item ? (bars[item.dataIndex]?.name ?? '') : ''),
            label: ({ raw, dataset }) => `${dataset.label}: ${formatCredits(Number(raw), locale)}`,
          },
        },
      },
    },
    labelOf: (dataset, index) => {
      const bar = bars[index]
      return bar && dataset === last
        ? { text: bar.label, colour: theme.text, font: labelFont(theme), place: behind }
        : null
    },
  }
}

function datasetsOf(
  bars: BarChart['bars'],
  words: BarChart['words'],
  colour: string,
): ChartConfig['data']['datasets'] {
  const common = { stack: 'credits', borderWidth: 1, borderColor: colour, maxBarThickness: 24 }
  return [
    {
      ...common,
      label: words.proved,
      data: bars.map(({ spent }) => provedCredits(spent)),
      backgroundColor: colour,
      hoverBackgroundColor: colour,
    },
    {
      ...common,
      label: words.announced,
      data: bars.map(({ spent }) => announcedCredits(spent)),
      backgroundColor: hatched(colour),
      hoverBackgroundColor: hatched(colour),
    },
  ]
}

/** For the figure behind the longest bar. */
function roomFor(
  pen: CanvasRenderingContext2D,
  bars: BarChart['bars'],
  { theme }: Drawing,
): Partial<Record<'left' | 'right', number>> {
  pen.save()
  pen.font = labelFont(theme)
  const widest = Math.max(...bars.map(({ label }) => pen.measureText(label).width))
  pen.restore()
  return { [behindIn(theme)]: widest + 2 * LABEL_GAP_PX }
}

function behindIn({ direction }: ChartTheme): 'left' | 'right' {
  return direction === 'rtl' ? 'left' : 'right'
}

/** A longer name would leave no room for its bar. */
function cut(name: string, most: number): string {
  const letters = Array.from(name.slice(0, 2 * most))
  return letters.length > most ? `${letters.slice(0, most - 1).join('')}…` : name
}
