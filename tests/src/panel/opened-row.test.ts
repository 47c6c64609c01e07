import { beforeAll, describe, expect, it, vi } from 'vitest'
import type { AccountEventBody } from '@comfyui-credits/contract/schemas'
import { PanelAccount } from '../../../sandbox/panel/account.ts'
import { button, find, panelTests, rows, type OpenPanel } from '../support/panel.ts'

const open = panelTests()
// A chunk of its own: the test should not have to wait until it is made.
beforeAll(() => import('../../../src/history/RowDetails.vue'))

function usage(params: Record<string, unknown>): AccountEventBody {
  return {
    event_id: `usage-${JSON.stringify(params).length}`,
    event_type: 'api_usage_completed',
    createdAt: new Date().toISOString(),
    params: { api_name: 'aurora', ...params },
  }
}
const withEvents = (...events: AccountEventBody[]) => new PanelAccount(10, events)

/** Two nodes that say what they cost, and a third that says nothing. */
function run({ host }: OpenPanel): void {
  const tell = (type: string, detail: unknown) => host.tell({ type, detail, at: Date.now() })
  const ask = (nodeId: string, price: string) => {
    tell('executing', nodeId)
    tell('progress_text', { nodeId, text: 'Status: Waiting for server\nTime elapsed: 0s' })
    tell('progress_text', { nodeId, text: `Status: Completed${price}` })
  }
  tell('credits_accepted', { prompt_id: 'p1', number: 7, source: 'button' })
  tell('execution_start', { prompt_id: 'p1' })
  ask('7', '\nPrice: 12.66 credits')
  ask('3:1', '\nPrice: 8.44 credits')
  ask('9', '')
  tell('execution_success', { prompt_id: 'p1' })
}

const toggle = (): HTMLElement => find('tr[data-kind] button[aria-expanded]')
const details = (): HTMLElement => find('.cc-details')
const certainties = () =>
  [
    ...details().querySelectorAll<HTMLElement>('table[aria-label="Calls of this run"] tbody tr'),
  ].map(({ dataset }) => dataset['certainty'])

async function openRow(): Promise<void> {
  await vi.waitFor(() => expect(rows('run')).toHaveLength(1))
  toggle().click()
  await vi.waitFor(() => details())
}

describe('a row of the history', () => {
  it('opens into its calls and closes, and says so to a screen reader', async () => {
    open({
      of: withEvents(
        usage({
          job_id: 'p9',
          node_type: 'SampleChat',
          model: 'lexis-large',
          input_tokens: 1840,
          output_tokens: 612,
          duration_ms: 8400,
          charge_micro_usd: 60_000,
        }),
      ),
    })
    await vi.waitFor(() => expect(rows('run')).toHaveLength(1))
    expect(toggle().getAttribute('aria-expanded')).toBe('false')
    await openRow()
    expect(toggle().getAttribute('aria-expanded')).toBe('true')
    expect(find(`[id="${toggle().getAttribute('aria-controls')}"]`).contains(details())).toBe(true)
    const text = details().textContent.replaceAll(/\s+/g, ' ')
    for (const said of ['SampleChat', 'lexis-large', '1,840 in, 612 out', '8.4 sec', 'p9']) {
      expect(text).toContain(said)
    }
    expect(text).toContain('12.66')
    expect(text).toContain('$0.06')
    expect(text).toContain('Confirmed by your account')
    expect(certainties()).toEqual(['proved'])
    toggle().click()
    await vi.waitFor(() => expect(document.querySelector('.cc-details')).toBeNull())
    expect(toggle().getAttribute('aria-expanded')).toBe('false')
  })

  it('adds nothing proved to anything announced, and names what is not known', async () => {
    const of = withEvents()
    const panel = open({ of })
    run(panel)
    of.events.push(usage({ job_id: 'p1', charge_micro_usd: 60_000 }))
    await vi.waitFor(() => expect(rows('run')).toHaveLength(1))
    await panel.credits.refresh()
    await openRow()
    await vi.waitFor(() => expect(certainties()).toEqual(['proved', 'announced', 'unknown']))
    const sums = [...details().querySelectorAll('tfoot tr')].map((row) =>
      [...row.querySelectorAll('th, bdi, [colspan="6"]')].map(({ textContent }) => textContent),
    )
    expect(sums).toEqual([
      ['Confirmed', '12.66', '$0.06'],
      ['Quoted', '8.44', '$0.04'],
      ['1 call pending'],
    ])
    expect(details().textContent).toContain('Confirmed by your account')
    expect(details().textContent).toContain('Your account’s own record names this run.')
  })

  it('has for support its ids, times and amounts, and how each is known', async () => {
    const panel = open()
    run(panel)
    await openRow()
    button('Copy for support').click()
    const field = await vi.waitFor(() => find('.cc-details textarea'))
    const text = field instanceof HTMLTextAreaElement ? field.value : ''
    expect(text).toContain('prompt_id: p1\nnumber: 7\n')
    expect(text).toContain('queued_by: button')
    expect(text).toContain('announced_credits: 12.66')
    expect(text).toContain('  certainty: announced')
    expect(text).not.toMatch(/token-of|Bearer/)
  })
})

describe('names from outside', () => {
  const hostile = [
    '<img src=x onerror="document.title=1">',
    'x'.repeat(1_000_000),
    '__proto__',
    'constructor',
    '\u202Egnp.exe',
    'a\nprompt_id: forged\u0000',
  ]

  it.each(hostile)('are text in the row, its calls and the text for support: %j', async (name) => {
    const of = withEvents(
      usage({ job_id: name, node_type: name, api_name: name, model: name, charge_micro_usd: 1 }),
    )
    open({ of })
    await openRow()
    button('Copy for support').click()
    const field = await vi.waitFor(() => find('.cc-details textarea'))
    const text = field instanceof HTMLTextAreaElement ? field.value : ''
    expect(document.querySelector('img')).toBeNull()
    expect(document.body.textContent.length).toBeLessThan(20_000)
    expect(document.body.textContent).not.toContain('\u0000')
    expect(document.body.textContent).not.toContain('\u202E')
    expect(text.split('\n').filter((line) => line.startsWith('prompt_id:'))).toHaveLength(1)
    for (const shown of details().querySelectorAll('bdi')) {
      expect(shown.textContent.length).toBeLessThanOrEqual(301)
    }
  })
})
