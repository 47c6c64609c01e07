import type { ChartOptions } from 'chart.js'
import { formatCredits, formatExactCredits, isTiny } from '../../i18n/format.ts'
import type { ChartTheme } from './colours.ts'

/** How a picture is drawn, whatever it shows. */
export interface Drawing {
  readonly theme: ChartTheme
  readonly locale: string
}

interface Axes {
  readonly indexAxis?: 'x' | 'y'
  /** What was clicked, by its place in the data. */
  readonly onPick: (index: number, dataset: number) => void
}

/** Nothing moves in it: figures that grow into their place say nothing more. */
export function chartOptions(
  { theme, locale }: Drawing,
  { indexAxis = 'x', onPick }: Axes,
): ChartOptions<'bar' | 'line'> {
  const font = { family: theme.fontFamily, size: theme.fontSize }
  return {
    animation: false,
    responsive: true,
    maintainAspectRatio: false,
    locale,
    font,
    indexAxis,
    interaction: { mode: 'index', axis: indexAxis, intersect: false },
    onClick: (_event, [hit]) => {
      if (hit) onPick(hit.index, hit.datasetIndex)
    },
    onHover: ({ native }, hits) => {
      if (native?.target instanceof HTMLElement)
        native.target.style.cursor = hits.length > 0 ? 'pointer' : ''
    },
    plugins: {
      tooltip: {
        backgroundColor: theme.page,
        borderColor: theme.muted,
        borderWidth: 1,
        titleColor: theme.text,
        bodyColor: theme.text,
        titleFont: font,
        bodyFont: font,
        rtl: theme.direction === 'rtl',
        textDirection: theme.direction,
      },
    },
  }
}

/** With figures in credits along it. */
export function creditsAxis({ theme, locale }: Drawing, isAcross = false) {
  return {
    ...(isAcross ? { reverse: theme.direction === 'rtl' } : { position: startOf(theme) }),
    border: { display: false },
    grid: { color: theme.line },
    ticks: {
      ...ticks(theme),
      maxTicksLimit: 6,
      callback: (value: number | string) => tickText(Number(value), locale),
    },
  }
}

export function namesAxis({ theme }: Drawing, isAcross = false) {
  return {
    ...(isAcross ? { reverse: theme.direction === 'rtl' } : { position: startOf(theme) }),
    border: { color: theme.line },
    grid: { display: false },
    ticks: { ...ticks(theme), autoSkip: isAcross, maxRotation: 0 },
  }
}

/** Where all is less than a hundredth, each tick still has a figure of its own. */
function tickText(credits: number, locale: string): string {
  return isTiny(credits) ? formatExactCredits(credits, locale) : formatCredits(credits, locale)
}

function startOf({ direction }: ChartTheme): 'left' | 'right' {
  return direction === 'rtl' ? 'right' : 'left'
}

function ticks({ muted, fontFamily, fontSize }: ChartTheme) {
  return { color: muted, font: { family: fontFamily, size: fontSize } }
}
