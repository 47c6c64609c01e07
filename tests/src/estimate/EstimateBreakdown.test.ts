import { beforeAll, expect, it } from 'vitest'
import type { Estimate } from '../../../src/estimate/estimate.ts'
import type { NodeEstimate } from '../../../src/estimate/node-estimate.ts'
import EstimateBreakdown from '../../../src/estimate/EstimateBreakdown.vue'
import type { Amount } from '../../../src/estimate/price.ts'
import { viewTests } from '../support/view.ts'

const mounted = viewTests()
// What is loaded beside the view must not come when the test is over.
beforeAll(() =>
  Promise.all([
    import('../../../locales/en/overview.json'),
    import('../../../src/runs/run-recorder.ts'),
    import('../../../src/run-archive/run-storage.ts'),
    import('../../../src/live-updates/follow-runs.ts'),
  ]),
)

const amount = (min: number, typical = min, max = typical): Amount => ({
  minUsdMicros: min * 1e6,
  typicalUsdMicros: typical * 1e6,
  maxUsdMicros: max * 1e6,
})

const node = (id: string, part: Partial<NodeEstimate>): NodeEstimate => ({
  id,
  type: id,
  kind: 'usd',
  label: null,
  reason: null,
  usdPerGpuSecond: null,
  calls: 1,
  run: 'yes',
  isReused: false,
  amount: null,
  listed: null,
  model: null,
  learnt: null,
  ...part,
})

it('says what earlier runs cost, where they alone say it, and where a price list is off', async () => {
  const earlier = { runs: 3, isByTime: false, isOff: false }
  const nodes = [
    node('unlisted', {
      amount: amount(0.06, 0.08, 0.1),
      learnt: { ...earlier, amount: amount(0.06, 0.08, 0.1) },
    }),
    node('listed', {
      amount: amount(0.06),
      listed: amount(0.06),
      learnt: { ...earlier, runs: 1, amount: amount(0.06) },
    }),
    node('off', {
      amount: { ...amount(0.06), typicalUsdMicros: 80_000 },
      listed: amount(0.06),
      learnt: { ...earlier, runs: 4, isOff: true, amount: amount(0.08) },
    }),
    node('timed', {
      amount: amount(0.05),
      learnt: { ...earlier, isByTime: true, amount: amount(0.05) },
    }),
  ]
  const estimate: Estimate = {
    nodes,
    total: { ...amount(0.23, 0.27, 0.27), unknown: 0 },
    firstRun: { ...amount(0.23, 0.27, 0.27), unknown: 0 },
    batchCount: 1,
    missing: [],
  }
  const view = await mounted(EstimateBreakdown, { props: { estimate }, texts: 'overview' })
  const rows = view.findAll('tbody tr').map((row) => ({
    words: row.findAll('.cc-estimate-words').map((words) => words.text()),
    isOff: row.find('.cc-estimate-off').exists(),
    credits: row.find('td').text().split('$')[0]?.trim(),
  }))
  expect(rows).toEqual([
    { words: ['Your actual cost (3 runs): 12.66–21.10 credits'], isOff: false, credits: '≈ 17' },
    {
      words: ['Price list says 12.66; your actual cost is 16.88 (4 runs)'],
      isOff: true,
      credits: '≈ 16.88',
    },
    {
      words: ['Fixed price', 'Your actual cost (1 run): 12.66 credits'],
      isOff: false,
      credits: '≈ 12.66',
    },
    { words: ['By your run times (3 runs): 10.55 credits'], isOff: false, credits: '≈ 10.55' },
  ])
})

it.each([
  [null, 'By the nodes’ own price lists.'],
  [{ runs: 1, isByTime: false, isOff: false, amount: amount(0.06) }, 'By what earlier runs cost'],
])('says what the whole goes by (%#)', async (learnt, words) => {
  const estimate: Estimate = {
    nodes: [node('paid', { amount: amount(0.06), listed: amount(0.06), learnt })],
    total: { ...amount(0.06), unknown: 0 },
    firstRun: { ...amount(0.06), unknown: 0 },
    batchCount: 1,
    missing: [],
  }
  const view = await mounted(EstimateBreakdown, { props: { estimate }, texts: 'overview' })
  expect(view.findAll('p').at(-1)?.text()).toContain(words)
})
