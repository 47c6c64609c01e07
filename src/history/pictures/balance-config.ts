import { creditsFromUsdMicros } from '../../../contract/money.ts'
import { formatCredits, formatExactMoment } from '../../ui/format.ts'
import type { BalanceLine } from './balance-line.ts'
import type { PictureConfig } from './chart.ts'
import { seriesColour } from './colours.ts'
import { creditsAxis, namesAxis, pictureOptions, type Drawing } from './options.ts'

interface BalancePicture {
  readonly line: BalanceLine
  readonly moment: (at: number) => string
  readonly words: { readonly balance: string; readonly added: (credits: string) => string }
  /** Epoch milliseconds. */
  readonly onPick: (at: number) => void
}

const LINE = 0

/** A balance stays as it was read until the next is read; where credits were added is a triangle. */
export function balanceConfig(
  { line, moment, words, onPick }: BalancePicture,
  drawing: Drawing,
): PictureConfig {
  const { theme, locale } = drawing
  const { points, topUps } = line
  const colours = [seriesColour(0, theme), seriesColour(1, theme)] as const
  const options = pictureOptions(drawing, {
    onPick: (index, dataset) => {
      const at = (dataset === LINE ? points : topUps)[index]?.at
      if (at !== undefined) onPick(at)
    },
  })
  return {
    type: 'line',
    data: {
      datasets: [
        {
          label: words.balance,
          data: points.map(({ at, usdMicros }) => ({ x: at, y: creditsFromUsdMicros(usdMicros) })),
          stepped: true,
          borderColor: colours[0],
          backgroundColor: colours[0],
          borderWidth: 2,
          pointRadius: points.length === 1 ? 4 : 0,
        },
        {
          data: topUps.map(({ at, balanceUsdMicros }) => ({
            x: at,
            y: creditsFromUsdMicros(balanceUsdMicros),
          })),
          showLine: false,
          pointStyle: 'triangle',
          pointRadius: 7,
          pointHoverRadius: 9,
          borderColor: theme.page,
          backgroundColor: colours[1],
        },
      ],
    },
    options: {
      ...options,
      interaction: { mode: 'nearest', axis: 'x', intersect: false },
      scales: {
        x: {
          ...namesAxis(drawing, true),
          type: 'linear',
          ticks: {
            ...namesAxis(drawing, true).ticks,
            maxTicksLimit: 5,
            callback: (value) => moment(Number(value)),
          },
        },
        y: creditsAxis(drawing),
      },
      plugins: {
        tooltip: {
          ...options.plugins?.tooltip,
          callbacks: {
            title: ([item]) =>
              item?.parsed.x == null ? '' : formatExactMoment(item.parsed.x, locale),
            label: ({ datasetIndex, dataIndex, parsed }) => {
              const added = datasetIndex === LINE ? undefined : topUps[dataIndex]
              return added
                ? words.added(formatCredits(creditsFromUsdMicros(added.usdMicros), locale))
                : `${words.balance}: ${formatCredits(parsed.y ?? 0, locale)}`
            },
          },
        },
      },
    },
  }
}
