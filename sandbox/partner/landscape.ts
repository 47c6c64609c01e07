import { type Colour, drawPng, hsl, mix } from './png.ts'
import { type Random, randomFrom } from './random.ts'

interface Light {
  readonly x: number
  readonly y: number
  readonly radius: number
  readonly colour: Colour
}

interface Ridge {
  readonly base: number
  readonly waves: readonly {
    readonly length: number
    readonly shift: number
    readonly height: number
  }[]
  readonly colour: Colour
}

interface Scene {
  readonly sky: readonly [top: Colour, bottom: Colour]
  readonly lights: readonly Light[]
  readonly ridges: readonly Ridge[]
}

/**
 * A landscape under a coloured sky, chosen by `seed` alone.
 * `moment` (0..1) moves the lights and the hills, for the frames of a video.
 */
export function drawLandscape(options: {
  readonly seed: string
  readonly width: number
  readonly height: number
  readonly moment?: number
}): Buffer {
  const { width, height, moment = 0 } = options
  const scene = composeScene(randomFrom(options.seed))
  return drawPng(width, height, (column, row) =>
    colourAt(scene, column / width, row / height, moment),
  )
}

function composeScene(random: Random): Scene {
  const hue = random() * 360
  const second = hue + 40 + random() * 120
  const lights = Array.from({ length: 5 }, (_, index) => ({
    x: random(),
    y: random() * 0.6,
    radius: index === 0 ? 0.16 : 0.25 + random() * 0.3,
    colour: index === 0 ? hsl(second, 0.9, 0.88) : hsl(hue + random() * 180, 0.8, 0.6),
  }))
  const ridges = Array.from({ length: 4 }, (_, index) => ({
    base: 0.58 + index * 0.11,
    waves: Array.from({ length: 3 }, (_unused, order) => ({
      length: (order + 1) * (2 + random() * 3),
      shift: random() * Math.PI * 2,
      height: (0.06 + random() * 0.03) / (order + 1),
    })),
    colour: hsl(second + index * 12, 0.45, 0.42 - index * 0.1),
  }))
  return { sky: [hsl(hue, 0.7, 0.24), hsl(second, 0.75, 0.68)], lights, ridges }
}

function colourAt(scene: Scene, x: number, y: number, moment: number): Colour {
  const ridge = scene.ridges.findLast((candidate) => y > ridgeHeight(candidate, x, moment))
  if (ridge) return mix(ridge.colour, [8, 8, 20], (y - ridge.base) * 0.6)
  let colour = mix(scene.sky[0], scene.sky[1], y * 1.5)
  for (const light of scene.lights) {
    const distance = Math.hypot(x - ((light.x + moment * 0.25) % 1), (y - light.y) * 0.7)
    const glow = Math.exp(-((distance / light.radius) ** 2) * 4)
    colour = mix(colour, light.colour, glow * 0.75)
  }
  return colour
}

function ridgeHeight(ridge: Ridge, x: number, moment: number): number {
  const rise = ridge.waves.reduce(
    (sum, wave) => sum + Math.sin(x * wave.length + wave.shift + moment * 1.5) * wave.height,
    0,
  )
  return ridge.base - rise
}
