import type { PNG } from 'pngjs'
import { type Colour, drawPng, hsl, mix, pixel } from './png.ts'
import { randomFrom } from './random.ts'

/** No answer is larger than this on its longer side, whatever was asked for. */
const LONGEST_SIDE = 512

/** The picture in another light: `strength` 0 leaves it, 1 gives it wholly to the prompt's colours. */
export function recolour(source: PNG, options: { seed: string; strength: number }): Buffer {
  const random = randomFrom(options.seed)
  const hue = random() * 360
  const dark = hsl(hue, 0.6, 0.15)
  const light = hsl(hue + 60 + random() * 80, 0.8, 0.82)
  const { width, height, scale } = fitted(source)
  return drawPng(width, height, (x, y) => {
    const colour = pixel(source, x / scale, y / scale)
    return mix(colour, mix(dark, light, brightness(colour)), options.strength)
  })
}

/** One frame of a camera that slowly nears the picture; `moment` in 0..1. */
export function approach(source: PNG, moment: number): Buffer {
  const { width, height, scale } = fitted(source)
  const zoom = 1 + moment * 0.5
  return drawPng(width, height, (x, y) =>
    pixel(
      source,
      (width / 2 + (x - width / 2) / zoom) / scale,
      (height / 2 + (y - height / 2) / zoom) / scale,
    ),
  )
}

/** The picture `factor` times as large, but never beyond what an answer may be. */
export function enlarge(source: PNG, factor: number): Buffer {
  const scale = Math.min(factor, fitted(source, factor).scale)
  return drawPng(
    Math.max(1, Math.round(source.width * scale)),
    Math.max(1, Math.round(source.height * scale)),
    (x, y) => smooth(source, x / scale, y / scale),
  )
}

/** Mean of all pixels. */
export function meanColour(source: PNG): Colour {
  const sum = [0, 0, 0]
  const step = Math.max(1, Math.floor(source.width / 64))
  let count = 0
  for (let y = 0; y < source.height; y += step) {
    for (let x = 0; x < source.width; x += step) {
      pixel(source, x, y).forEach((value, channel) => (sum[channel] = (sum[channel] ?? 0) + value))
      count += 1
    }
  }
  const mean = sum.map((value) => Math.round(value / count))
  return [mean[0] ?? 0, mean[1] ?? 0, mean[2] ?? 0]
}

/** 0 is black, 1 is white. */
export function brightness([red, green, blue]: Colour): number {
  return (red * 0.299 + green * 0.587 + blue * 0.114) / 255
}

function fitted(source: PNG, wanted = 1): { width: number; height: number; scale: number } {
  const scale = Math.min(wanted, LONGEST_SIDE / Math.max(source.width, source.height))
  return {
    width: Math.max(1, Math.round(source.width * scale)),
    height: Math.max(1, Math.round(source.height * scale)),
    scale,
  }
}

function smooth(source: PNG, x: number, y: number): Colour {
  const top = mix(pixel(source, x, y), pixel(source, x + 1, y), x % 1)
  const bottom = mix(pixel(source, x, y + 1), pixel(source, x + 1, y + 1), x % 1)
  return mix(top, bottom, y % 1)
}
