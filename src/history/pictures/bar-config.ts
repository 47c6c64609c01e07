import { formatCredits } from '../../ui/format.ts'
import type { PictureConfig } from './chart.ts'
import { hatched, seriesColour } from './colours.ts'
import { creditsAxis, namesAxis, pictureOptions, type Drawing } from './options.ts'
import { announcedCredits, provedCredits, type Spent } from './spent.ts'

/** A longer name would leave no room for its bar. */
const MAX_NAME = 24

interface BarPicture {
  readonly bars: readonly { readonly name: string; readonly spent: Spent; readonly label: string }[]
  readonly words: { readonly proved: string; readonly announced: string }
  readonly onPick: (bar: number) => void
}

/** A bar across for each name: first what is proved, then hatched what was announced. */
export function barConfig({ bars, words, onPick }: BarPicture, drawing: Drawing): PictureConfig {
  const { theme, locale } = drawing
  const colour = seriesColour(0, theme)
  const common = { stack: 'credits', borderWidth: 1, borderColor: colour, maxBarThickness: 24 }
  const announced = bars.map(({ spent }) => announcedCredits(spent))
  const last = announced.some((credits) => credits !== 0) ? 1 : 0
  const options = pictureOptions(drawing, { indexAxis: 'y', onPick })
  return {
    type: 'bar',
    data: {
      labels: bars.map(({ name }) => cut(name)),
      datasets: [
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
          data: announced,
          backgroundColor: hatched(colour),
          hoverBackgroundColor: hatched(colour),
        },
      ].slice(0, last + 1),
    },
    options: {
      ...options,
      scales: {
        // Room for the figure behind the longest bar.
        x: { ...creditsAxis(drawing, true), stacked: true, grace: '25%' },
        y: { ...namesAxis(drawing), stacked: true },
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
        ? { text: bar.label, colour: theme.text, place: 'after' }
        : null
    },
  }
}

function cut(name: string): string {
  const letters = [...name.slice(0, 2 * MAX_NAME)]
  return letters.length > MAX_NAME ? `${letters.slice(0, MAX_NAME - 1).join('')}…` : name
}
