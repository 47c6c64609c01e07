import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import jsonata from 'jsonata'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { usdMicrosFromUsd } from '@comfyui-credits/contract/money'
import { nodeCatalog } from '../../../sandbox/nodes/catalog.ts'
import { createImageStore } from '../../../sandbox/nodes/image-store.ts'
import { objectInfo } from '../../../sandbox/nodes/object-info.ts'
import type { SandboxNode } from '../../../sandbox/nodes/types.ts'
import { findProduct } from '../../../service/proxy/catalog.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nodes-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true })
})

function node(name: string): SandboxNode {
  const found = nodeCatalog.get(name)
  if (!found) throw new Error(`no node ${name}`)
  return found
}

const infos = () =>
  Promise.all([...nodeCatalog.values()].map((entry) => objectInfo(entry, createImageStore(folder))))

/** As the frontend evaluates it: text values lower-cased and trimmed. */
async function badgeOf(name: string, widgets: Record<string, unknown> = {}): Promise<unknown> {
  const badge = node(name).face.api?.badge
  if (!badge) return null
  const result: unknown = await jsonata(badge.expr).evaluate({
    widgets: Object.fromEntries(
      badge.depends_on.widgets.map(({ name: widget }) => {
        const value = widgets[widget]
        return [widget, typeof value === 'string' ? value.trim().toLowerCase() : value]
      }),
    ),
    inputs: {},
    inputGroups: {},
  })
  return JSON.parse(JSON.stringify(result))
}

describe('price badges', () => {
  test.each([
    ['SampleImage', { quality: 'low', n: 1 }, { type: 'usd', usd: 0.02 }],
    ['SampleImage', { quality: 'medium', n: 3 }, { type: 'usd', usd: 0.15 }],
    ['SampleImage', { quality: 'high', n: 4 }, { type: 'usd', usd: 0.76 }],
    ['SampleImageUltra', {}, { type: 'usd', usd: 0.06 }],
    ['SampleImageEdit', {}, { type: 'usd', usd: 0.04, format: { suffix: '/Image' } }],
    [
      'SampleVideo',
      { resolution: '720p' },
      { type: 'usd', usd: 0.07, format: { suffix: '/second' } },
    ],
    [
      'SampleVideo',
      { resolution: '1080p' },
      { type: 'usd', usd: 0.12, format: { suffix: '/second' } },
    ],
    ['SampleVideoFromImage', {}, { type: 'range_usd', min_usd: 0.1, max_usd: 0.5 }],
    [
      'SampleChat',
      { model: 'lexis-small' },
      {
        type: 'list_usd',
        usd: [0.25, 1],
        format: { approximate: true, separator: '-', suffix: ' per 1M tokens' },
      },
    ],
    ['SampleVision', {}, { type: 'text', text: 'Token-based' }],
    ['SampleModel3D', { texture: false }, { type: 'usd', usd: 0.4 }],
    ['SampleModel3D', { texture: true }, { type: 'usd', usd: 0.8 }],
    ['SampleUpscale', {}, null],
  ])('%s with %o', async (name, widgets, expected) => {
    expect(await badgeOf(name, widgets)).toEqual(expected)
  })

  test.each([
    ['SampleImage', '/aurora/v1/images', { quality: 'low', n: 3 }],
    ['SampleImage', '/aurora/v1/images', { quality: 'medium', n: 4 }],
    ['SampleImage', '/aurora/v1/images', { quality: 'high', n: 2 }],
    ['SampleImageUltra', '/aurora/v1/images/ultra', {}],
    ['SampleImageEdit', '/aurora/v1/edits', {}],
    ['SampleModel3D', '/forma/v1/models', { texture: false }],
    ['SampleModel3D', '/forma/v1/models', { texture: true }],
  ])('%s says what the service will charge at %s for %o', async (name, path, widgets) => {
    expect(await badgeOf(name, widgets)).toMatchObject({
      type: 'usd',
      usd: expect.toSatisfy(
        (usd: number) =>
          usdMicrosFromUsd(usd) === findProduct(path)?.price({ ...widgets }, {}).usdMicros,
      ),
    })
  })

  test('every badge reads only widgets that its node has, by their types', () => {
    for (const { face } of nodeCatalog.values()) {
      for (const { name, type } of face.api?.badge?.depends_on.widgets ?? []) {
        expect({ node: face.name, name, type: face.required[name]?.[0] }).toEqual({
          node: face.name,
          name,
          type,
        })
      }
    }
  })
})

describe('object_info', () => {
  test('there are nine API nodes, all but one with a badge, all with the hidden credentials', async () => {
    const apiNodes = (await infos()).filter((info) => info.api_node)
    expect(apiNodes).toHaveLength(9)
    expect(apiNodes.filter((info) => info.price_badge === null).map((info) => info.name)).toEqual([
      'SampleUpscale',
    ])
    for (const info of apiNodes) {
      expect(info.category).toMatch(/^partner\//)
      expect(Object.keys(info.input.hidden)).toEqual(
        expect.arrayContaining(['auth_token_comfy_org', 'api_key_comfy_org']),
      )
    }
  })

  test('every choice’s preset is one of its values, every number’s within its bounds', async () => {
    const inputs = (await infos()).flatMap((info) => Object.values(info.input.required))
    const wrong = inputs.filter(([type, options = {}]) => {
      const { default: preset, min = -Infinity, max = Infinity, options: values } = options
      if (type === 'COMBO') return !Array.isArray(values) || !values.includes(preset)
      return typeof preset === 'number' && (preset < Number(min) || preset > Number(max))
    })
    expect(inputs.length).toBeGreaterThan(20)
    expect(wrong).toEqual([])
  })

  test('outputs and their names and kinds are of one length', async () => {
    for (const info of await infos()) {
      expect(info.output_name).toHaveLength(info.output.length)
      expect(info.output_is_list).toHaveLength(info.output.length)
    }
  })
})
