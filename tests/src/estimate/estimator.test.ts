import { describe, expect, it } from 'vitest'
import type { BadgeEvaluator, BadgeQuestion } from '../../../src/estimate/badge-questions.ts'
import { answerQuestion } from '../../../src/estimate/answer-question.ts'
import type { CostsBySettings } from '../../../src/estimate/estimate.ts'
import { Estimator } from '../../../src/estimate/estimator.ts'
import { RememberingEvaluator } from '../../../src/estimate/remembering-evaluator.ts'
import type { CallCost } from '../../../src/run-archive/port.ts'
import { combo, int, nodeType, objectInfo, workflow } from '../../support/builders/workflow.ts'

const info = objectInfo({
  Image: nodeType({
    required: { quality: combo('low', 'high'), seed: int() },
    price: {
      expr: '{"type": "usd", "usd": widgets.quality = "high" ? 0.2 : 0.1}',
      widgets: { quality: 'COMBO' },
    },
  }),
  Clip: nodeType({
    required: { seconds: int({ default: 5 }) },
    price: { expr: '{"type": "usd", "usd": widgets.seconds / 100}', widgets: { seconds: 'INT' } },
  }),
  PrimitiveInt: nodeType({ required: { value: int() } }),
})

function setUp() {
  const asked: BadgeQuestion[] = []
  let prepared = 0
  const inner: BadgeEvaluator = {
    prepare: () => void (prepared += 1),
    async evaluate(questions) {
      asked.push(...questions)
      return Promise.all(questions.map(answerQuestion))
    },
    close() {},
  }
  const evaluator = new RememberingEvaluator(inner)
  const estimator = new Estimator(info)
  return { asked, estimator, evaluator, prepared: () => prepared }
}

/** Two images, and a clip that is as long as a primitive says. */
const graph = (first: string, second: string, seconds: number): object =>
  workflow(
    [
      { id: 1, type: 'Image', widgets: [first, 7] },
      { id: 2, type: 'Image', widgets: [second, 8] },
      { id: 3, type: 'PrimitiveInt', widgets: [seconds] },
      { id: 4, type: 'Clip', widgets: [5], inputs: { 'widget:seconds': 1 } },
    ],
    [[1, 3, 0, 4, 0]],
  )

describe('a workflow that changes', () => {
  it('costs what a new reading of it costs, and only what has changed is evaluated', async () => {
    const { asked, estimator, evaluator } = setUp()
    const costs = async (file: object) =>
      (await estimator.estimate(file, evaluator)).estimate.nodes.map(
        ({ id, amount }) => `${id}: ${(amount?.typicalUsdMicros ?? NaN) / 1e6}`,
      )
    expect(await costs(graph('low', 'high', 5))).toEqual(['1: 0.1', '2: 0.2', '4: 0.05'])
    expect(asked).toHaveLength(3)
    expect(await costs(graph('low', 'high', 5))).toEqual(['1: 0.1', '2: 0.2', '4: 0.05'])
    expect(asked).toHaveLength(3)
    expect(await costs(graph('low', 'low', 9))).toEqual(['1: 0.1', '2: 0.1', '4: 0.09'])
    expect(asked).toHaveLength(4)
    expect(await costs(graph('high', 'low', 5))).toEqual(['1: 0.2', '2: 0.1', '4: 0.05'])
    expect(asked).toHaveLength(4)
  })

  it('costs the same where the page takes a turn after each node', async () => {
    const { asked, estimator, evaluator } = setUp()
    let turns = 0
    const turn = { isLong: () => true, end: () => Promise.resolve(void (turns += 1)) }
    const file = graph('low', 'high', 9)
    const { estimate } = await estimator.estimate(file, evaluator, () => ({ turn }))
    expect(estimate.nodes.map(({ amount }) => (amount?.typicalUsdMicros ?? NaN) / 1e6)).toEqual([
      0.1, 0.2, 0.09,
    ])
    expect([turns, asked.length]).toEqual([3, 3])
  })

  it('keeps the objects of nodes that have not changed', async () => {
    const { estimator, evaluator } = setUp()
    const nodesOf = async (file: object) => (await estimator.estimate(file, evaluator)).prompt
    const before = await nodesOf(graph('low', 'high', 5))
    const after = await nodesOf(graph('high', 'high', 5))
    expect(['1', '2', '3', '4'].map((id) => before.get(id) === after.get(id))).toEqual([
      false,
      true,
      true,
      true,
    ])
  })

  it('keeps the estimates of nodes whose settings and earlier costs have not changed', async () => {
    const { estimator, evaluator } = setUp()
    const none = new Map<string, readonly CallCost[]>()
    const nodesOf = async (file: object, costs: CostsBySettings) => {
      const found = await estimator.estimate(file, evaluator, () => ({ costs }))
      return found.estimate.nodes
    }
    const first = await nodesOf(graph('low', 'low', 5), none)
    const second = await nodesOf(graph('high', 'low', 5), none)
    expect([second[0] === first[0], second[1] === first[1]]).toEqual([false, true])
    const { prompt } = await estimator.estimate(graph('high', 'low', 5), evaluator)
    const [settings = ''] = estimator.settingsOf(prompt)
    const call = { promptId: 'run-1', nodeId: '1', at: 0, ms: 1000 }
    const cost: CallCost = { settings, ...call, usdMicros: 250_000 }
    const third = await nodesOf(graph('high', 'low', 5), new Map([[settings, [cost]]]))
    expect(third.map(({ amount }) => amount?.typicalUsdMicros)).toEqual([250_000, 100_000, 50_000])
    expect(third[1]).toBe(first[1])
  })

  it('has the worker start while it is read, where a node of it has a price list', async () => {
    const { estimator, evaluator, prepared } = setUp()
    await estimator.estimate(workflow([{ id: 3, type: 'PrimitiveInt', widgets: [1] }]), evaluator)
    expect(prepared()).toBe(0)
    await estimator.estimate(graph('low', 'low', 5), evaluator)
    expect(prepared()).toBe(1)
  })
})
