import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { promptSchema } from '../../../sandbox/comfyui/executor/prompt.ts'
import { validatePrompt } from '../../../sandbox/comfyui/executor/validate.ts'
import { nodeCatalog } from '../../../sandbox/nodes/catalog.ts'
import { createImageStore } from '../../../sandbox/nodes/image-store.ts'
import { ultraToSave } from './support/bench.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'comfyui-validate-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true })
})

const validate = (prompt: unknown, targets?: string[]) =>
  validatePrompt(promptSchema.parse(prompt), nodeCatalog, createImageStore(folder), targets)

function ultraWith(inputs: Record<string, unknown>) {
  return {
    ...ultraToSave,
    1: { ...ultraToSave[1], inputs: { ...ultraToSave[1].inputs, ...inputs } },
  }
}

test('a right prompt gives its outputs', async () => {
  expect(await validate(ultraToSave)).toEqual({ ok: true, outputs: ['2'], nodeErrors: {} })
})

test('a wrong value is reported with node, dependent outputs and reason, in ComfyUI’s shape', async () => {
  expect(await validate(ultraWith({ aspect_ratio: '9:1' }))).toEqual({
    ok: false,
    error: {
      type: 'prompt_outputs_failed_validation',
      message: 'Prompt outputs failed validation',
      details: '',
      extra_info: {},
    },
    nodeErrors: {
      1: {
        class_type: 'SampleImageUltra',
        dependent_outputs: ['2'],
        errors: [
          {
            type: 'value_not_in_list',
            message: 'Value not in list',
            details: "aspect_ratio: '9:1'",
            extra_info: {
              input_name: 'aspect_ratio',
              input_config: expect.any(Array),
              received_value: '9:1',
            },
          },
        ],
      },
    },
  })
})

test.each([
  ['a number below its bound', { seed: -1 }, 'value_smaller_than_min'],
  ['a number above its bound', { seed: 2 ** 40 }, 'value_bigger_than_max'],
  ['a value of another type', { seed: 'seven' }, 'invalid_input_type'],
  ['a missing value', { prompt: undefined }, 'required_input_missing'],
  ['a link to a node that is not there', { prompt: ['99', 0] }, 'bad_linked_input'],
])('%s is refused', async (_what, inputs, type) => {
  expect(await validate(ultraWith(inputs))).toMatchObject({
    ok: false,
    nodeErrors: { 1: { errors: [{ type }] } },
  })
})

test('a link of the wrong type is refused at the node that takes it', async () => {
  const prompt = {
    1: { class_type: 'PrimitiveString', inputs: { value: 'x' } },
    2: { class_type: 'SaveImage', inputs: { images: ['1', 0], filename_prefix: 'x' } },
  }
  expect(await validate(prompt)).toMatchObject({
    nodeErrors: { 2: { errors: [{ type: 'return_type_mismatch' }] } },
  })
})

test('right outputs run although others are wrong', async () => {
  const prompt = {
    ...ultraToSave,
    3: { class_type: 'PreviewAny', inputs: {} },
  }
  expect(await validate(prompt)).toMatchObject({
    ok: true,
    outputs: ['2'],
    nodeErrors: { 3: { errors: [{ type: 'required_input_missing' }], dependent_outputs: ['3'] } },
  })
})

test('targets limit the run to the outputs they name', async () => {
  const prompt = {
    ...ultraToSave,
    3: { class_type: 'PreviewImage', inputs: { images: ['1', 0] } },
  }
  expect(await validate(prompt, ['3'])).toMatchObject({ ok: true, outputs: ['3'] })
})

test.each([
  ['an unknown class', { 1: { class_type: 'KSampler', inputs: {} } }, 'missing_node_type'],
  ['no class', { 1: { inputs: {} } }, 'invalid_prompt'],
  ['no output', { 1: ultraToSave[1] }, 'prompt_no_outputs'],
  ['nothing', {}, 'prompt_no_outputs'],
  [
    'a circle beside a right output',
    {
      ...ultraToSave,
      3: { class_type: 'SampleSleep', inputs: { image: ['4', 0], seconds: 1 } },
      4: { class_type: 'SampleSleep', inputs: { image: ['3', 0], seconds: 1 } },
    },
    'dependency_cycle',
  ],
])('a prompt with %s is refused as a whole', async (_what, prompt, type) => {
  expect(await validate(prompt)).toMatchObject({ ok: false, error: { type }, nodeErrors: {} })
})
