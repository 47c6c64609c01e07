import { describe, expect, it } from 'vitest'
import { savedWidgets } from '../../../src/estimate/widget-values.ts'
import { readWorkflow } from '../../../src/estimate/workflow-file.ts'
import {
  combo,
  dynamicCombo,
  image,
  int,
  nodeType,
  objectInfo,
  workflow,
} from '../../support/builders/workflow.ts'

const types = {
  Video: nodeType({
    required: {
      prompt: ['STRING', {}],
      model: dynamicCombo({
        fast: { resolution: combo('480p', '720p'), images: ['COMFY_AUTOGROW_V3', {}] },
        pro: {
          resolution: combo('720p', '1080p'),
          mode: dynamicCombo({ auto: {}, manual: { duration: int({ default: 5 }) } }),
          frame: image,
        },
      }),
      seed: int({ control_after_generate: true }),
      size: ['INT', { forceInput: true }],
    },
    optional: { watermark: ['BOOLEAN', { default: false }] },
    more: {
      input_order: { required: ['prompt', 'model', 'seed', 'size'], optional: ['watermark'] },
    },
  }),
  Sampler: nodeType({ required: { noise_seed: int(), steps: int({ default: 20 }) } }),
  Empty: nodeType({
    required: { size: int(), strength: ['FLOAT', {}], loop: ['BOOLEAN', {}], text: ['STRING', {}] },
  }),
  Rate: nodeType({
    required: {
      rate: ['FLOAT,INT', { default: 25, widgetType: 'FLOAT' }],
      file: ['STRING,FILE_3D', {}],
      preview: ['PREVIEW', { socketless: true }],
      scale: ['SLIDER', {}],
      model: ['MODEL', {}],
      length: int({ default: 5 }),
    },
  }),
  Draw: nodeType({
    required: {
      style: ['COMBO', { options: ['ink', 'oil'], control_after_generate: true }],
      length: int({ default: 5 }),
    },
  }),
  Talk: nodeType({ required: { lines: ['COMFY_AUTOGROW_V3', {}], voice: combo('a', 'b') } }),
}

function read(
  type: string,
  widgets: unknown,
  more: { named?: object; inputs?: Record<string, number | null> } = {},
) {
  const { root } = readWorkflow(workflow([{ id: 1, type, widgets, ...more }]))
  const node = root.nodes.get('1')
  if (!node) throw new Error('It should be there.')
  const { values, isComplete } = savedWidgets(node, objectInfo(types).node(type))
  return { ...Object.fromEntries(values), isComplete }
}

describe('the values of widgets get their names', () => {
  it('by position, with the widgets of a choice after it, and without the control of a seed', () => {
    expect(read('Video', ['x', 'fast', '480p', 7, 'randomize', true])).toEqual({
      prompt: 'x',
      model: 'fast',
      'model.resolution': '480p',
      seed: 7,
      watermark: true,
      isComplete: true,
    })
  })

  it('by position within a choice of a choice', () => {
    expect(read('Video', ['x', 'pro', '1080p', 'manual', 8, 7, 'fixed', false])).toEqual({
      prompt: 'x',
      model: 'pro',
      'model.resolution': '1080p',
      'model.mode': 'manual',
      'model.mode.duration': 8,
      seed: 7,
      watermark: false,
      isComplete: true,
    })
  })

  it('where a seed was saved before it had a control', () => {
    expect(read('Video', ['x', 'fast', '480p', 7, true])).toMatchObject({ watermark: true })
  })

  it('where a seed has its control by its name', () => {
    expect(read('Sampler', [7, 'increment', 30])).toMatchObject({ noise_seed: 7, steps: 30 })
  })

  it('with the defaults of widgets that are newer than the file', () => {
    expect(read('Video', ['x', 'pro'])).toEqual({
      prompt: 'x',
      model: 'pro',
      'model.resolution': '720p',
      'model.mode': 'auto',
      seed: 0,
      watermark: false,
      isComplete: true,
    })
  })

  it('with what widgets without a default start with', () => {
    expect(read('Empty', [])).toEqual({
      size: 0,
      strength: 0,
      loop: false,
      text: '',
      isComplete: true,
    })
  })

  it('where an input of several types has a widget of one, and a widget has no slot', () => {
    expect(read('Rate', [30, null, 8])).toEqual({
      rate: 30,
      preview: null,
      length: 8,
      isComplete: true,
    })
  })

  it('where an extension brings a widget for a type of its own', () => {
    const inputs = { 'widget:scale': null, model: null }
    expect(read('Rate', [30, null, 0.5, 8], { inputs })).toMatchObject({ scale: 0.5, length: 8 })
  })

  it('where a list of values is drawn from, with the filter that follows', () => {
    const values = { style: 'oil', length: 8 }
    expect(read('Draw', ['oil', 'increment-wrap', '', 8])).toMatchObject(values)
    expect(read('Draw', ['oil', 'randomize', '/o/', 8])).toMatchObject(values)
    expect(read('Draw', ['oil', 8])).toMatchObject(values)
  })

  it('up to a choice that this version does not have: what follows means nothing', () => {
    expect(read('Video', ['x', 'ultra', '8k', 7, 'fixed', true])).toEqual({
      prompt: 'x',
      model: 'ultra',
      isComplete: false,
    })
  })

  it('by the names that newer frontends save, whatever the version of the node', () => {
    const named = { prompt: 'x', model: 'ultra', 'model.resolution': '8k' }
    expect(read('Video', ['x', 'ultra', '8k'], { named })).toEqual({ ...named, isComplete: true })
  })

  it('by position where the names are of another save, as ComfyUI does', () => {
    const named = { prompt: 'old', model: 'fast', 'model.resolution': '480p' }
    expect(read('Video', ['new', 'fast', '720p'], { named })).toMatchObject({
      prompt: 'new',
      'model.resolution': '720p',
    })
  })

  it('from a record', () => {
    expect(read('Video', { prompt: 'x', watermark: true })).toEqual({
      prompt: 'x',
      watermark: true,
      isComplete: true,
    })
  })

  it('of an input that grew, one for each of its slots', () => {
    const inputs = { 'widget:lines.line_1': null, 'widget:lines.line_2': null, 'lines.x': null }
    expect(read('Talk', ['hello', 'bye', 'b'], { inputs })).toEqual({
      'lines.line_1': 'hello',
      'lines.line_2': 'bye',
      voice: 'b',
      isComplete: true,
    })
  })

  it.each([[null], [undefined], ['x'], [12]])('where %j was saved instead', (widgets) => {
    expect(read('Sampler', widgets)).toEqual({ noise_seed: 0, steps: 20, isComplete: true })
  })

  it('of a node that the server does not have only where they are saved', () => {
    expect(read('Other', [1, 2])).toEqual({ isComplete: true })
    expect(read('Other', [1], { named: { steps: 2 } })).toEqual({ steps: 2, isComplete: true })
  })
})
