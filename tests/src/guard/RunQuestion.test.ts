import { beforeAll, describe, expect, it, vi } from 'vitest'
import { usdMicrosFromCredits } from '@comfyui-credits/contract/money'
import type { QuestionWhy } from '../../../src/guard/question.ts'
import RunQuestion from '../../../src/guard/RunQuestion.vue'
import { button, find } from '../support/panel.ts'
import { viewTests } from '../support/view.ts'

const mounted = viewTests()
const credits = usdMicrosFromCredits
const limit = {
  id: 'a',
  period: 'day',
  scope: { kind: 'all' },
  usdMicros: credits(20),
  action: 'stop',
} as const
const progress = {
  limit,
  spentUsdMicros: credits(12.66),
  reservedUsdMicros: credits(4),
  from: 0,
  resetsAt: 1,
  isPartial: false,
}

async function asked(why: QuestionWhy) {
  const answer = vi.fn<(goesOn: boolean, reason?: string) => void>()
  const cost = { minUsdMicros: credits(8), maxUsdMicros: credits(8), costs: true, unknown: 0 }
  await mounted(RunQuestion, {
    props: { question: { why, cost, batchCount: 1, answer }, funds: null },
    texts: 'guard',
  })
  return answer
}
const text = () => find('dialog[role=alertdialog]').textContent

beforeAll(() => import('../../../locales/en/guard.json'))

describe('a run beyond a limit', () => {
  it('is asked about with what is spent, reserved and needed', async () => {
    const answer = await asked({ kind: 'limit', progress })
    expect(text()).toContain('This would go beyond your limit of 20 credits per day')
    expect(text()).toContain('Spent today12.66 credits')
    expect(text()).toContain('Runs not finished yet4 credits')
    expect(text()).toContain('This run8 credits')
    expect(document.activeElement?.textContent).toBe('Cancel')
    button('Cancel').click()
    expect(answer.mock.lastCall).toEqual([false])
  })

  it('goes on once more for a reason alone', async () => {
    const answer = await asked({ kind: 'limit', progress })
    button('Run once more').click()
    const input = find('dialog input') as HTMLInputElement
    await vi.waitFor(() => expect(text()).toContain('Enter a reason'))
    expect(document.activeElement).toBe(input)
    expect(input.getAttribute('aria-invalid')).toBe('true')
    expect(answer).not.toHaveBeenCalled()
    input.value = '  Deadline '
    input.dispatchEvent(new Event('input'))
    find('dialog form').dispatchEvent(new Event('submit', { cancelable: true }))
    expect(answer.mock.lastCall).toEqual([true, 'Deadline'])
  })

  it('names what the limit is for', async () => {
    await asked({
      kind: 'limit',
      progress: { ...progress, limit: { ...limit, scope: { kind: 'model', model: 'aurora' } } },
    })
    expect(text()).toContain('The limit is for the model aurora.')
  })
})

it('a run above the chosen amount is asked about', async () => {
  const answer = await asked({ kind: 'above', aboveUsdMicros: credits(5) })
  expect(text()).toContain('This may cost more than 5 credits')
  button('Run anyway').click()
  expect(answer.mock.lastCall).toEqual([true])
})

it('a runaway auto-queue stays paused, or goes on', async () => {
  const answer = await asked({ kind: 'runaway', spentUsdMicros: credits(63), minutes: 5 })
  expect(text()).toContain('Auto-queue has spent 63 credits in 5 minutes.')
  expect(document.activeElement?.textContent).toBe('Keep paused')
  button('Go on').click()
  button('Keep paused').click()
  expect(answer.mock.calls).toEqual([[true], [false]])
})
