import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { PanelAccount } from '../../../sandbox/panel/account.ts'
import { balanceStatus, panelTests, rows, type OpenPanel } from '../support/panel.ts'

const open = panelTests()
// Chunks of their own: no test should have to wait until they are made.
beforeAll(() => import('../../../src/run-status/TopBarBadge.ts'))
beforeAll(() => import('../../../src/run-status/RunToast.ts'))
beforeAll(() => import('../../../src/run-status/RunningLine.vue'))

const FIRST = { id: 'token:first', login: 'token' } as const
const SECOND = { id: 'token:second', login: 'token' } as const
/** `agoMs`: all of it was so long ago when the host reports it, so that its charge is in the balance. */
function teller({ host }: OpenPanel, agoMs = 0) {
  const tell = (type: string, detail: unknown = null) =>
    host.tell({ type, detail, at: Date.now() - agoMs })
  return {
    tell,
    begin(promptId: string) {
      tell('execution_start', { prompt_id: promptId })
      tell('executing', '7')
      tell('progress_text', { nodeId: '7', text: 'Status: Waiting for server\nTime elapsed: 0s' })
    },
    price(credits = '12.66') {
      const text = `Status: Completed\nPrice: ${credits} credits`
      tell('progress_text', { nodeId: '7', text })
    },
    end(promptId: string, type = 'execution_success') {
      tell(type, { prompt_id: promptId })
    },
  }
}

const line = () => document.querySelector('.cc-running')

describe('a run that goes on', () => {
  it('is a line of the panel with its cost so far, said when a price comes, and gone at its end', async () => {
    const run = teller(open())
    run.begin('p1')
    await vi.waitFor(() => expect(line()?.textContent).toContain('Castle at dusk'))
    const status = line()?.querySelector('[role=status]')
    expect(status?.textContent).toContain('no price quoted yet')
    run.price()
    await vi.waitFor(() => expect(status?.textContent).toContain('12.66 credits so far (quoted)'))
    expect(line()?.textContent).toContain('Sample Image Ultra')
    run.end('p1')
    await vi.waitFor(() => expect(line()).toBeNull())
  })

  it('is in the top bar, else the balance, while that is switched on and somebody is logged in', async () => {
    const panel = open({ account: FIRST, shown: false })
    const { host } = panel
    expect(host.badge()).toBeNull()
    host.choose('badge', true)
    const balance = { label: '2,110', hint: 'Credits: your balance is 2,110' }
    await vi.waitFor(() => expect(host.badge()).toEqual(balance))
    const run = teller(panel)
    run.begin('p1')
    await vi.waitFor(() => expect(host.badge()?.label).toBe('Running'))
    run.price()
    await vi.waitFor(() =>
      expect(host.badge()).toEqual({
        label: '12.66 so far',
        hint: 'Credits: Castle at dusk is running, 12.66 credits so far (quoted)',
      }),
    )
    run.end('p1')
    await vi.waitFor(() => expect(host.badge()).toEqual(balance))
    host.logout()
    await vi.waitFor(() => expect(host.badge()).toBeNull())
    host.login(SECOND)
    await vi.waitFor(() => expect(host.badge()).toEqual(balance))
    panel.account.usdMicros = -1_000_000
    await panel.credits.refresh()
    await vi.waitFor(() => expect(host.badge()).toMatchObject({ label: '−211', isNegative: true }))
    host.choose('badge', false)
    await vi.waitFor(() => expect(host.badge()).toBeNull())
  })
})

describe('the toast at the end of a run', () => {
  const MINUTE = 60_000
  beforeEach(() => vi.useFakeTimers({ toFake: ['Date'] }))
  afterEach(() => vi.useRealTimers())

  /** A minute after the balance was read, a run that ended so long ago. */
  async function ran(ends: string, usdMicros: number, price: string | null, agoMs: number) {
    const of = new PanelAccount(10)
    const panel = open({ account: FIRST, of, shown: false, options: ['toast'] })
    await vi.waitFor(() => expect(panel.asked).toHaveLength(1))
    // Its answer, and the toasts' own code.
    await vi.waitFor(() => expect(localStorage.length).toBe(1))
    await vi.dynamicImportSettled()
    vi.setSystemTime(Date.now() + MINUTE)
    const run = teller(panel, agoMs)
    run.begin('p1')
    if (price !== null) run.price(price)
    of.usdMicros -= usdMicros
    run.end('p1', ends)
    return panel
  }

  it.each([
    ['execution_success', 60_000, '12.66', '12.66 credits. Balance 2,097.34'],
    [
      'execution_error',
      60_000,
      '12.66',
      'Charged, nothing delivered: 12.66 credits. Balance 2,097.34',
    ],
    ['execution_error', 0, null, 'Nothing charged. Balance 2,110'],
    ['execution_error', 1_000_000, '12.66', '12.66 credits quoted. Balance 1,899'],
  ])('after %s, %i micro-USD less and a price of %s', async (ends, usdMicros, price, detail) => {
    const { host } = await ran(ends, usdMicros, price, 10_000)
    await vi.waitFor(() =>
      expect(host.toasts).toMatchObject([{ summary: 'Castle at dusk', detail }]),
    )
  })

  const saidOfRuns = ({ host }: OpenPanel) =>
    host.toasts.flatMap(({ summary, detail }) => (summary === 'Castle at dusk' ? [detail] : []))

  it('says at once what is known, and in its place what the balance shows', async () => {
    const panel = await ran('execution_success', 60_000, '12.66', 0)
    expect(saidOfRuns(panel)).toEqual(['12.66 credits quoted.'])
    await panel.credits.refresh()
    expect(saidOfRuns(panel)).toEqual(['12.66 credits quoted.'])
    vi.setSystemTime(Date.now() + 10_000)
    await panel.credits.refresh()
    await vi.waitFor(() => expect(saidOfRuns(panel)).toEqual(['12.66 credits. Balance 2,097.34']))
  })

  it('has the balance once where two runs end together, and not after a refused one', async () => {
    const panel = await ran('execution_success', 60_000, '12.66', 10_000)
    const run = teller(panel, 9_000)
    run.begin('p2')
    const refused = { exception_type: 'Exception', exception_message: 'Payment Required: …' }
    run.tell('execution_error', { prompt_id: 'p2', node_id: '7', ...refused })
    expect(saidOfRuns(panel)).toEqual(['12.66 credits quoted.', 'Nothing charged.'])
    await vi.waitFor(() =>
      expect(saidOfRuns(panel).toSorted()).toEqual([
        '12.66 credits. Balance 2,097.34',
        'Nothing charged.',
      ]),
    )
  })

  it('is not corrected for another person', async () => {
    const panel = await ran('execution_success', 60_000, '12.66', 0)
    panel.host.login(SECOND)
    vi.setSystemTime(Date.now() + 10_000)
    await panel.credits.refresh()
    expect(saidOfRuns(panel)).toEqual(['12.66 credits quoted.'])
  })
})

describe('a request that the server did not take', () => {
  it('is listed as not started and not charged, for the person whose it was', async () => {
    const panel = open({ account: FIRST })
    const { tell } = teller(panel)
    tell('promptQueueing', { requestId: 1, batchCount: 1 })
    tell('credits_refused', { code: 'prompt_outputs_failed_validation' })
    tell('credits_refused', { code: 'of <b>tomorrow</b>' })
    tell('credits_refused', { code: 'local', mayCost: false })
    await vi.waitFor(() => expect(rows('refused')).toHaveLength(2))
    const [newest, first] = rows('refused').map(({ textContent }) => textContent)
    expect(first).toContain('Castle at dusk')
    expect(first).toContain('Not started')
    expect(first).toContain('An input of the workflow is missing or not valid.')
    expect(rows('refused')[1]?.dataset['credits']).toBe('0')
    expect(newest).toContain('The server rejected it: of <b>tomorrow</b>')
    expect(document.querySelector('.cc-history b')).toBeNull()
    panel.host.login(SECOND)
    await vi.waitFor(() => expect(balanceStatus().dataset['credits']).toBe('2110'))
    expect(rows('refused')).toEqual([])
  })
})
