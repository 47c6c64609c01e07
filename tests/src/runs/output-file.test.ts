import { describe, expect, it } from 'vitest'
import { firstOutput, lastingOutput, outputFileSchema } from '../../../src/runs/output-file.ts'
import { canBeShown, hasPreview, kindOfFile } from '../../../src/runs/output-kind.ts'

const file = { filename: 'ComfyUI_00001_.png', subfolder: '', type: 'output' } as const
const preview = { ...file, filename: 'temp_00001_.png', type: 'temp' } as const

describe('the file that a node put out', () => {
  it.each([
    ['pictures', { images: [file] }, file],
    ['a sound', { audio: [{ ...file, filename: 'a.flac' }] }, { ...file, filename: 'a.flac' }],
    ['a model', { '3d': [{ ...file, filename: 'a.glb' }] }, { ...file, filename: 'a.glb' }],
    ['more than is wanted', { images: [{ ...file, format: 'x' }], animated: [true] }, file],
    ['a preview first', { images: [preview, file] }, file],
    ['nothing but a preview', { images: [preview] }, preview],
    [
      'the path of a 3D preview',
      { result: ['mesh/box_00001_.glb', null] },
      { filename: 'box_00001_.glb', subfolder: 'mesh', type: 'output' },
    ],
    ['a text', { text: ['A castle'] }, null],
    ['nothing', {}, null],
    ['null', null, null],
    ['what is no list', { images: file }, null],
  ])('is found in %s', (_where, output, found) => {
    expect(firstOutput(output)).toEqual(found)
  })

  it.each([
    ['a path', { ...file, filename: '../secret.png' }],
    ['a way up', { ...file, subfolder: 'a/../../b' }],
    ['a way up on Windows', { ...file, subfolder: '..\\b' }],
    ['a root', { ...file, subfolder: '/etc' }],
    ['a drive', { ...file, subfolder: 'C:' }],
    ['another folder by its name', { ...file, filename: 'a.png [input]' }],
    ['a type of other files', { ...file, type: 'input' }],
    ['no name', { ...file, filename: '' }],
    ['a name of dots', { ...file, filename: '..' }],
    ['a control character', { ...file, filename: 'a\n.png' }],
    ['a book for a name', { ...file, filename: 'x'.repeat(256) }],
    ['a book for a folder', { ...file, subfolder: 'x'.repeat(301) }],
    ['another shape', { ...file, filename: { toString: 1 } }],
  ])('is none with %s', (_what, value) => {
    expect(firstOutput({ images: [value] })).toBeNull()
    expect(outputFileSchema.safeParse(value).success).toBe(false)
  })

  it('is one in a folder of Windows or of others', () => {
    for (const subfolder of ['video/today', 'video\\today']) {
      expect(outputFileSchema.safeParse({ ...file, subfolder }).success).toBe(true)
    }
  })

  it('stays the first, but for a preview that a lasting one follows', () => {
    expect(lastingOutput(preview, file)).toEqual(file)
    expect(lastingOutput(file, preview)).toEqual(file)
    expect(lastingOutput(file, { ...file, filename: 'b.png' })).toEqual(file)
    expect(lastingOutput(null, preview)).toEqual(preview)
  })
})

describe('the name of a file', () => {
  it.each([
    ['a.PNG', 'image', true, true],
    ['a.svg', 'image', false, false],
    ['a.mp4', 'video', false, true],
    ['a.flac', 'audio', false, true],
    ['a.glb', '3d', false, false],
    ['a.txt', 'text', false, true],
    ['a.html', null, false, false],
    ['a', null, false, false],
    ['a.constructor', null, false, false],
  ])('%s says that it is %s', (filename, kind, previewed, shown) => {
    const named = { ...file, filename }
    expect([kindOfFile(named), hasPreview(named), canBeShown(named)]).toEqual([
      kind,
      previewed,
      shown,
    ])
  })
})
