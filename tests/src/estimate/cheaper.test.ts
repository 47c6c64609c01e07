import { describe, expect, it } from 'vitest'
import { cheaperChoices, type CheaperChoice } from '../../../src/estimate/cheaper.ts'
import { estimate } from '../../../src/estimate/estimate.ts'
import { readPrompt } from '../../../src/estimate/read-prompt.ts'
import {
  combo,
  directEvaluator,
  int,
  nodeType,
  objectInfo,
  workflow,
} from '../../support/builders/workflow.ts'

const types = {
  Image: nodeType({
    required: {
      quality: combo('low', 'medium', 'high'),
      size: combo('small', 'large'),
      n: int({ default: 1 }),
    },
    price: {
      expr: `(
        $each := $lookup({"low": 0.02, "medium": 0.05, "high": 0.19}, widgets.quality);
        {"usd": $each * (widgets.size = "large" ? 1.1 : 1) * widgets.n}
      )`,
      widgets: { quality: 'COMBO', size: 'COMBO', n: 'INT' },
    },
  }),
  Range: nodeType({
    required: { mode: combo('sure', 'gamble', 'off') },
    price: {
      expr: `widgets.mode = "sure" ? {"usd": 0.1} : widgets.mode = "off" ? {"usd": 0}
        : {"type": "range_usd", "min_usd": 0.01, "max_usd": 0.15}`,
      widgets: { mode: 'COMBO' },
    },
  }),
}

async function choicesOf(
  nodes: Parameters<typeof workflow>[0],
): Promise<Record<string, CheaperChoice>> {
  const info = objectInfo(types)
  const prompt = readPrompt(workflow(nodes), info)
  const now = await estimate(prompt, info, directEvaluator)
  return Object.fromEntries(await cheaperChoices(now, prompt, info, directEvaluator))
}

describe('a cheaper choice', () => {
  it('is the next value down, of the widget that saves most', async () => {
    expect(await choicesOf([{ id: 1, type: 'Image', widgets: ['high', 'large', 2] }])).toEqual({
      1: { widget: 'quality', value: 'medium', usdMicros: 110_000 },
    })
    expect(await choicesOf([{ id: 1, type: 'Image', widgets: ['low', 'large', 1] }])).toEqual({
      1: { widget: 'size', value: 'small', usdMicros: 20_000 },
    })
  })

  it('is none for what is cheapest already, free, or may cost more', async () => {
    expect(
      await choicesOf([
        { id: 1, type: 'Image', widgets: ['low', 'small', 1] },
        { id: 2, type: 'Range', widgets: ['sure'] },
      ]),
    ).toEqual({})
  })

  it('is none where another node sets the widget', async () => {
    const nodes = [
      {
        id: 1,
        type: 'Image',
        widgets: ['high', 'small', 1],
        inputs: { 'widget:quality': 1 },
      },
      { id: 2, type: 'Unknown', outputs: ['COMBO'] },
    ]
    const info = objectInfo(types)
    const prompt = readPrompt(workflow(nodes, [[1, 2, 0, 1, 0]]), info)
    const now = await estimate(prompt, info, directEvaluator)
    expect(now.nodes[0]?.amount?.maxUsdMicros).toBe(190_000)
    const choices = await cheaperChoices(now, prompt, info, directEvaluator)
    expect(choices.size).toBe(0)
  })
})
