import { type Colour, drawPng, hsl, mix } from './png.ts'
import { randomFrom } from './random.ts'

interface Shape {
  readonly lobes: number
  readonly depth: number
  readonly turns: number
  readonly colour: Colour
  readonly accent: Colour
}

/** A lobed ball chosen by `seed`: what the stand-in takes for a 3D model. */
export function shapeFor(seed: string): Shape {
  const random = randomFrom(seed)
  const hue = random() * 360
  return {
    lobes: 3 + Math.floor(random() * 5),
    depth: 0.12 + random() * 0.16,
    turns: 1 + Math.floor(random() * 3),
    colour: hsl(hue, 0.65, 0.55),
    accent: hsl(hue + 120, 0.8, 0.6),
  }
}

/** The model as Wavefront OBJ: 32 × 16 quads. */
export function meshOf(shape: Shape): string {
  const columns = 32
  const rows = 16
  const vertices: string[] = []
  const faces: string[] = []
  for (let row = 0; row <= rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const latitude = (row / rows) * Math.PI
      const longitude = (column / columns) * Math.PI * 2
      const r = radius(shape, latitude, longitude)
      const x = r * Math.sin(latitude) * Math.cos(longitude)
      const y = r * Math.cos(latitude)
      const z = r * Math.sin(latitude) * Math.sin(longitude)
      vertices.push(`v ${x.toFixed(4)} ${y.toFixed(4)} ${z.toFixed(4)}`)
      if (row === rows) continue
      const next = (column + 1) % columns
      const corners = [column, next, next + columns, column + columns]
      faces.push(`f ${corners.map((corner) => corner + row * columns + 1).join(' ')}`)
    }
  }
  return ['# A model by the partner stand-in', ...vertices, ...faces, ''].join('\n')
}

/** The model seen from the front, lit from the upper left; stripes where it is textured. */
export function renderSolid(shape: Shape, textured: boolean, size = 448): Buffer {
  return drawPng(size, size, (column, row) => {
    const x = (column / size - 0.5) * 3
    const y = (0.5 - row / size) * 3
    const distance = Math.hypot(x, y)
    const longitude = Math.atan2(y, x)
    const edge = radius(shape, Math.PI / 2, longitude)
    if (distance > edge) return mix([26, 28, 36], [48, 52, 66], row / size)
    const near = distance / edge
    const height = Math.sqrt(1 - near * near)
    const light = Math.max(0.12, (-x * 0.5 + y * 0.6) / edge / 1.2 + height * 0.75)
    const stripe = textured && Math.sin(height * 14 + longitude * shape.turns * 2) > 0.2
    return mix([10, 10, 18], stripe ? shape.accent : shape.colour, light)
  })
}

function radius(shape: Shape, latitude: number, longitude: number): number {
  return 1 + shape.depth * Math.sin(latitude) * Math.sin(longitude * shape.lobes)
}
