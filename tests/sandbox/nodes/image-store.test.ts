import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createImageStore } from '../../../sandbox/nodes/image-store.ts'

let parent: string
let root: string
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'images-'))
  root = join(parent, 'data')
})
afterEach(async () => {
  await rm(parent, { recursive: true })
})

const bytes = Buffer.from('png')

test('files saved at once get numbers of their own, and a restart goes on counting', async () => {
  const store = createImageStore(root)
  const saved = await Promise.all([1, 2, 3].map(() => store.save('output', 'cat', bytes)))
  expect(saved.map((file) => file?.filename)).toEqual([
    'cat_00001_.png',
    'cat_00002_.png',
    'cat_00003_.png',
  ])
  expect(await createImageStore(root).save('output', 'cat', bytes)).toEqual({
    filename: 'cat_00004_.png',
    subfolder: '',
    type: 'output',
  })
})

test('a prefix may name a subfolder', async () => {
  const store = createImageStore(root)
  const file = await store.save('output', 'pets/cat', bytes)
  expect(file).toMatchObject({ subfolder: 'pets', filename: 'cat_00001_.png' })
  expect(file && (await store.read(file))).toEqual(bytes)
})

const names = fc
  .array(fc.constantFrom('..', '.', 'a', '/', '', 'output', '..\\'), { minLength: 1, maxLength: 6 })
  .map((parts) => parts.join('/'))

test('whatever the names, nothing is written outside the store', async () => {
  await fc.assert(
    fc.asyncProperty(names, names, async (subfolder, filename) => {
      const store = createImageStore(root)
      await Promise.all([
        store.save('output', `${subfolder}/x${filename}`, bytes),
        store.write({ type: 'input', subfolder, filename: `${filename}/x.png` }, bytes),
      ])
      expect(await readdir(parent)).toEqual(expect.not.arrayContaining(['x.png', 'a', 'output']))
      for (const entry of await readdir(root).catch(() => [])) {
        expect(['input', 'output', 'temp']).toContain(entry)
      }
    }),
    { numRuns: 60 },
  )
})

test('what is not there is null', async () => {
  const store = createImageStore(root)
  const absent = { type: 'input', subfolder: '', filename: 'no.png' } as const
  expect(await store.read(absent)).toBeNull()
  expect(await store.version(absent)).toBeNull()
  expect(await store.inputNames()).toEqual([])
})
