import { describe, expect, it } from 'vitest'
import { otherColour, seriesColours } from '../../../../src/history/charts/colours.ts'

/** Backgrounds of ComfyUI's palettes and of its dialogs, 1.40 to 1.58. */
const backgrounds = {
  dark: [
    '#000000',
    '#171718',
    '#202020',
    '#262729',
    '#353535',
    '#002b36',
    '#2e3440',
    '#161b22',
    '#2f343f',
  ],
  light: ['#ffffff', '#f5f5f5', '#f0f0f0'],
} as const

type Rgb = readonly [red: number, green: number, blue: number]
type Matrix = readonly [Rgb, Rgb, Rgb]

/** What is seen without one kind of cones (Machado, Oliveira and Fernandes 2009), in linear light. */
const eyes: Readonly<Record<string, Matrix>> = {
  usual: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
}

/** In OKLab 0.02 is about what can just be seen apart side by side. */
const APART = 0.09

function linear(hex: string): Rgb {
  const channel = (at: number): number => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  }
  return [channel(1), channel(3), channel(5)]
}

function times([a, b, c]: Rgb, [x, y, z]: Rgb): number {
  return a * x + b * y + c * z
}

function through(matrix: Matrix, colour: Rgb): Rgb {
  const seen = matrix.map((row) => Math.min(1, Math.max(0, times(row, colour))))
  return [seen[0] ?? 0, seen[1] ?? 0, seen[2] ?? 0]
}

function oklab(colour: Rgb): Rgb {
  const cones: Rgb = [
    Math.cbrt(times([0.4122214708, 0.5363325363, 0.0514459929], colour)),
    Math.cbrt(times([0.2119034982, 0.6806995451, 0.1073969566], colour)),
    Math.cbrt(times([0.0883024619, 0.2817188376, 0.6299787005], colour)),
  ]
  return [
    times([0.2104542553, 0.793617785, -0.0040720468], cones),
    times([1.9779984951, -2.428592205, 0.4505937099], cones),
    times([0.0259040371, 0.7827717662, -0.808675766], cones),
  ]
}

function distance(a: Rgb, b: Rgb): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2])
}

function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [one, other]
    .map((hex) => times([0.2126, 0.7152, 0.0722], linear(hex)))
    .toSorted((a, b) => a - b)
  return (high + 0.05) / (low + 0.05)
}

describe.each(['dark', 'light'] as const)('the colours of series on %s', (scheme) => {
  const colours = [...seriesColours[scheme], otherColour[scheme]]

  it('have a contrast of 3:1 to every background', () => {
    const faint = colours.flatMap((colour) =>
      backgrounds[scheme].flatMap((background) => {
        const found = contrast(colour, background)
        return found < 3 ? [`${colour} on ${background}: ${found.toFixed(2)}`] : []
      }),
    )
    expect(faint).toEqual([])
  })

  it.each(Object.entries(eyes))('look different to %s eyes', (_name, matrix) => {
    const seen = colours.map((colour) => oklab(through(matrix, linear(colour))))
    const close = seen.flatMap((one, index) =>
      seen.slice(0, index).flatMap((other, before) => {
        const apart = distance(one, other)
        return apart < APART ? [`${colours[before]} ${colours[index]}: ${apart.toFixed(3)}`] : []
      }),
    )
    expect(close).toEqual([])
  })
})
