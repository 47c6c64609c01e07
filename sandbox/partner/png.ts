import { PNG } from 'pngjs'

/** Red, green and blue, 0..255 each. */
export type Colour = readonly [red: number, green: number, blue: number]

/** A PNG painted by a function of the position; `x` and `y` in pixels from the top left. */
export function drawPng(
  width: number,
  height: number,
  colourAt: (x: number, y: number) => Colour,
): Buffer {
  const png = new PNG({ width, height })
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const [red, green, blue] = colourAt(x, y)
      const offset = (y * width + x) * 4
      png.data[offset] = red
      png.data[offset + 1] = green
      png.data[offset + 2] = blue
      png.data[offset + 3] = 255
    }
  }
  return PNG.sync.write(png)
}

/** `hue` in degrees, `saturation` and `lightness` in 0..1. */
export function hsl(hue: number, saturation: number, lightness: number): Colour {
  const chroma = saturation * Math.min(lightness, 1 - lightness)
  const channel = (offset: number) => {
    const position = (offset + hue / 30) % 12
    const share = Math.max(-1, Math.min(position - 3, 9 - position, 1))
    return Math.round(255 * (lightness - chroma * share))
  }
  return [channel(0), channel(8), channel(4)]
}

/** `share` 0 is `from`, 1 is `to`. */
export function mix(from: Colour, to: Colour, share: number): Colour {
  const at = Math.max(0, Math.min(1, share))
  return [
    from[0] + (to[0] - from[0]) * at,
    from[1] + (to[1] - from[1]) * at,
    from[2] + (to[2] - from[2]) * at,
  ]
}

/** The decoded picture, or null where the bytes are no PNG. */
export function readPng(bytes: Buffer): PNG | null {
  try {
    return PNG.sync.read(bytes)
  } catch {
    // pngjs throws plain errors for anything that is no PNG; the caller says so in its own words.
    return null
  }
}

export function pixel(png: PNG, x: number, y: number): Colour {
  const column = Math.max(0, Math.min(png.width - 1, Math.floor(x)))
  const row = Math.max(0, Math.min(png.height - 1, Math.floor(y)))
  const offset = (row * png.width + column) * 4
  return [png.data[offset] ?? 0, png.data[offset + 1] ?? 0, png.data[offset + 2] ?? 0]
}
