/** The parts of chart.js that we draw with. A chunk of its own: most visits look at no picture. */
import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
  type ChartConfiguration,
} from 'chart.js'
import { LABEL_GAP_PX } from './colours.ts'

Chart.register(
  BarController,
  BarElement,
  CategoryScale,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
)

/** What a picture shows. Each change of it is drawn into the same canvas. */
export type ChartConfig = ChartConfiguration<
  'bar' | 'line',
  ({ x: number; y: number } | number)[]
> & {
  /** What stands on a bar, in words or numbers; null for nothing. */
  readonly labelOf?: (dataset: number, index: number) => LabelOnBar | null
}

export interface LabelOnBar {
  readonly text: string
  readonly colour: string
  /** As CSS writes it. */
  readonly font: string
  /** In the bar, or beyond its end: to its right or its left. */
  readonly place: 'inside' | 'right' | 'left'
}

export interface Drawn {
  update(config: ChartConfig): void
  destroy(): void
}

export function draw(canvas: HTMLCanvasElement, first: ChartConfig): Drawn {
  let { labelOf } = first
  const chart = new Chart(canvas, {
    ...first,
    plugins: [{ id: 'labels', afterDatasetsDraw: (drawn) => drawLabels(drawn, labelOf) }],
  })
  return {
    update(config) {
      ;({ labelOf } = config)
      chart.data = config.data
      if (config.options) chart.options = config.options
      chart.update()
    },
    destroy: () => chart.destroy(),
  }
}

function drawLabels(chart: Chart, labelOf: ChartConfig['labelOf']): void {
  if (!labelOf) return
  const { ctx } = chart
  ctx.save()
  ctx.textBaseline = 'middle'
  for (const { index: dataset, data } of chart.getSortedVisibleDatasetMetas()) {
    for (const [index, element] of data.entries()) {
      const label = labelOf(dataset, index)
      if (label && element instanceof BarElement) drawLabel(ctx, element, label)
    }
  }
  ctx.restore()
}

function drawLabel(
  ctx: CanvasRenderingContext2D,
  bar: BarElement,
  { text, colour, font, place }: LabelOnBar,
): void {
  const { x, y, base, width } = bar.getProps(['x', 'y', 'base', 'width'], true)
  if (x === null || y === null) return
  ctx.fillStyle = colour
  ctx.font = font
  if (place !== 'inside') {
    ctx.textAlign = place === 'right' ? 'left' : 'right'
    ctx.fillText(text, place === 'right' ? x + LABEL_GAP_PX : x - LABEL_GAP_PX, y)
    return
  }
  const size = ctx.measureText(text)
  const height = size.actualBoundingBoxAscent + size.actualBoundingBoxDescent
  if (Math.abs(base - y) < height + LABEL_GAP_PX || width < size.width + 2) return
  ctx.textAlign = 'center'
  ctx.fillText(text, x, (y + base) / 2)
}
