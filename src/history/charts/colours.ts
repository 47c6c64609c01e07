/**
 * Eight colours that stay apart for people who see no red, no green or no blue, each of them with a
 * contrast of 3:1 and more to the background of ComfyUI's palettes, light or dark; and a grey for
 * what is none of the eight. Found by a search over sRGB; tests/src/history/charts has the numbers.
 */
export const seriesColours = {
  dark: ['#3d9afc', '#fca505', '#2ed890', '#c869c8', '#d4e75b', '#a1e8ee', '#daabfc', '#639c37'],
  light: ['#1545b8', '#e85f0c', '#7b207d', '#0b8cf6', '#ae0814', '#c255c0', '#002a47', '#5c0000'],
} as const

export const otherColour = { dark: '#a0a0a0', light: '#767676' } as const

/** What a picture is drawn with; the host's own colours, as CSS. */
export interface ChartTheme {
  readonly scheme: 'dark' | 'light'
  readonly text: string
  readonly muted: string
  readonly line: string
  readonly page: string
  readonly fontFamily: string
  /** In pixels; grows with the person's text size. */
  readonly fontSize: number
  readonly direction: 'ltr' | 'rtl'
}

export function seriesColour(index: number, { scheme }: Pick<ChartTheme, 'scheme'>): string {
  return seriesColours[scheme][index] ?? otherColour[scheme]
}

/** Between a bar and its figure. */
export const LABEL_GAP_PX = 6

/** Of what is written on bars and behind them. */
export function labelFont({ fontFamily, fontSize }: ChartTheme): string {
  return `600 ${fontSize}px ${fontFamily}`
}

const HATCH_PX = 6

/** Slanted lines of a colour: announced, and not proved. */
export function hatched(colour: string): CanvasPattern | string {
  const tile = document.createElement('canvas')
  tile.width = HATCH_PX
  tile.height = HATCH_PX
  const pen = tile.getContext('2d')
  if (!pen) return colour
  pen.strokeStyle = colour
  pen.lineWidth = 2
  pen.beginPath()
  for (const shift of [-HATCH_PX, 0, HATCH_PX]) {
    pen.moveTo(shift, HATCH_PX)
    pen.lineTo(shift + HATCH_PX, 0)
  }
  pen.stroke()
  return pen.createPattern(tile, 'repeat') ?? colour
}
