import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import texts from '../../../locales/en/history.json' with { type: 'json' }
import { PanelAccount } from '../../../sandbox/panel/account.ts'
import { noLimits, type Limit } from '../../../src/limits/limit.ts'
import type { Entries } from '../../../src/run-archive/port.ts'
import { fileParts } from '../../../src/run-archive/write-file.ts'
import { balanceStatus, button, find, panelTests, rows, type OpenPanel } from '../support/panel.ts'

const open = panelTests()
const FIRST = { id: 'token:first', login: 'token' } as const
const { out } = texts.comfyuiCredits

beforeAll(() => import('../../../src/about/SettingsTab.vue'))
beforeAll(() => import('../../../src/history/export/HistoryExport.vue'))
beforeAll(() => import('../../../src/history/export/json.ts'))
afterEach(() => vi.restoreAllMocks())

/** With a top-up, a call of another device, and a run of another device that the account names. */
function accountWithEvents(): PanelAccount {
  const account = new PanelAccount(10)
  const at = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString()
  account.events.unshift(
    {
      event_id: 'call',
      event_type: 'api_usage_completed',
      createdAt: at(30),
      params: { api_name: 'aurora', model: 'aurora-1', charge_micro_usd: 30_000 },
    },
    {
      event_id: 'run',
      event_type: 'api_usage_completed',
      createdAt: at(60),
      params: { api_name: 'tempo', charge_micro_usd: 120_000, job_id: 'of another device' },
    },
    {
      event_id: 'top-up',
      event_type: 'credit_added',
      createdAt: at(90),
      params: { amount: 500, transaction_id: 'pi_1' },
    },
  )
  return account
}

async function openOn(of: PanelAccount): Promise<OpenPanel> {
  const panel = open({ account: FIRST, of })
  await vi.waitFor(() => expect(balanceStatus().dataset['credits']).toBeDefined())
  return panel
}

/** A run of this browser that an event of the account confirms. */
async function run({ host, credits, account }: OpenPanel, promptId: string): Promise<void> {
  const send = (type: string, detail: unknown) => host.tell({ type, detail, at: Date.now() })
  send('execution_start', { prompt_id: promptId })
  send('executing', '7')
  send('progress_text', { nodeId: '7', text: 'Status: Completed\nPrice: 12.66 credits' })
  account.usdMicros -= 60_000
  account.events.unshift({
    event_id: `event of ${promptId}`,
    event_type: 'api_usage_completed',
    createdAt: new Date().toISOString(),
    params: { api_name: 'aurora', charge_micro_usd: 60_000, job_id: promptId },
  })
  send('execution_success', { prompt_id: promptId })
  await credits.refresh()
  await vi.waitFor(() =>
    expect(rows('run').map(({ dataset }) => dataset['verdict'])).toContain('charged'),
  )
}

/** What the list says, without what is of the moment. */
const shown = () =>
  rows().map(({ dataset: { kind, status, credits, verdict } }) => [kind, status, credits, verdict])

const saved = (): Promise<Blob> =>
  new Promise((resolve) => {
    vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(() => {})
    vi.spyOn(URL, 'createObjectURL').mockImplementation((blob) => {
      if (blob instanceof Blob) resolve(blob)
      return 'blob:test'
    })
  })

async function saveAsJson(): Promise<Blob> {
  const file = saved()
  button(out.title).click()
  await vi.waitFor(() => button(out.json))
  button(out.json).click()
  return file
}

/** Another browser of the same person, whose account lists nothing any more. */
async function openElsewhere(panel: OpenPanel): Promise<void> {
  panel.credits.dispose()
  document.body.replaceChildren()
  localStorage.clear()
  window.indexedDB = new (window.indexedDB.constructor as typeof IDBFactory)()
  const of = new PanelAccount(10)
  of.usdMicros = panel.account.usdMicros
  const { credits } = await openOn(of)
  await credits.enter('settings')
  await vi.waitFor(() => find('input[type=file]'))
}

async function importFile(file: Blob): Promise<void> {
  const input = find('input[type=file]')
  await vi.waitFor(() => expect(input.hasAttribute('disabled')).toBe(false))
  Object.defineProperty(input, 'files', { configurable: true, value: [file] })
  input.dispatchEvent(new Event('change'))
}
const said = (): string =>
  [...document.querySelectorAll('.cc-about [role=status]')].map((one) => one.textContent).join('')

describe('the history saved as JSON', () => {
  it('shows the same rows where it is imported, and once more changes nothing', async () => {
    const panel = await openOn(accountWithEvents())
    await run(panel, 'p1')
    await vi.waitFor(() => expect(rows('top-up')).toHaveLength(1))
    const before = shown()
    expect(before).toHaveLength(4)
    const file = await saveAsJson()
    await openElsewhere(panel)
    expect(shown()).toEqual([])
    await importFile(file)
    await vi.waitFor(() => expect(said()).toContain('1 run imported, 1 of them new.'))
    expect(said()).toContain('3 account events imported, 3 of them new.')
    await vi.waitFor(() => expect(shown()).toEqual(before))
    await importFile(file)
    await vi.waitFor(() => expect(said()).toContain('1 run imported, 0 of them new.'))
    expect(said()).toContain('3 account events imported, 0 of them new.')
    expect(shown()).toEqual(before)
  })

  it('adds no row beside those that the account lists itself', async () => {
    const of = accountWithEvents()
    const panel = await openOn(of)
    await vi.waitFor(() => expect(rows()).toHaveLength(3))
    const before = shown()
    const file = await saveAsJson()
    panel.credits.dispose()
    document.body.replaceChildren()
    await openElsewhere(await openOn(of))
    await importFile(file)
    await vi.waitFor(() => expect(shown()).toEqual(before))
    document.body.replaceChildren()
    await openOn(of)
    await vi.waitFor(() => expect(rows()).toHaveLength(3))
    expect(shown()).toEqual(before)
  })

  it('of before, without an account in it, is imported where the person says so', async () => {
    const row = {
      time: '2026-11-22T09:30:00+01:00',
      kind: 'run',
      status: 'succeeded',
      event_type: null,
      workflow: 'Castle',
      nodes: ['Sample Image'],
      models: ['aurora-1'],
      calls: 1,
      duration_ms: 9000,
      input_tokens: null,
      output_tokens: null,
      credits: -12.66,
      usd: -0.06,
      certainty: 'proved',
      balance_after_credits: 2097.34,
      prompt_id: 'p1',
      event_ids: [],
    }
    const topUp = {
      ...row,
      kind: 'top-up',
      event_type: 'credit_added',
      nodes: [],
      models: [],
      calls: 0,
      credits: 1055,
      usd: 5,
      prompt_id: null,
      event_ids: ['e1'],
    }
    const unexplained = { ...topUp, kind: 'unexplained', event_type: null, event_ids: [] }
    const head = '{"format":"comfyui-credits-history","version":1,"exported_at":"","rows":['
    const lines = [row, topUp, unexplained].map((each) => JSON.stringify(each)).join(',\n')
    await openElsewhere(await openOn(new PanelAccount(10)))
    await importFile(new Blob([`${head}\n${lines}\n]}\n`]))
    await vi.waitFor(() => button('Import anyway'))
    expect(find('.cc-about').textContent).toContain('does not say whose history it is')
    button('Import anyway').click()
    await vi.waitFor(() => expect(said()).toContain('1 run imported, 1 of them new.'))
    expect(said()).toContain('1 account event imported, 1 of them new.')
    expect(said()).toContain('1 row without a run or an account event was left out.')
    await vi.waitFor(() =>
      expect(shown()).toEqual([
        ['run', 'succeeded', '-12.66', 'charged'],
        ['top-up', 'succeeded', '1055', undefined],
      ]),
    )
  })
})

describe('the limits in a file', () => {
  const limit = (id: string): Limit => ({
    id,
    period: 'day',
    scope: { kind: 'all' },
    usdMicros: 500_000,
    action: 'warn',
  })
  async function* noRuns(): AsyncGenerator<Entries> {}
  async function fileWith(...limits: Limit[]): Promise<Blob> {
    const { signal } = new AbortController()
    const options = { at: 0, signal, onProgress: () => {}, limits: { ...noLimits, limits } }
    return new Blob(await fileParts(FIRST.id, noRuns(), options))
  }

  it('are counted once it is imported, and so are those that are new', async () => {
    await openElsewhere(await openOn(new PanelAccount(10)))
    await importFile(await fileWith(limit('a')))
    await vi.waitFor(() => expect(said()).toContain('1 limit in the file, 1 of them new.'))
    await importFile(await fileWith(limit('a'), limit('b'), limit('c')))
    await vi.waitFor(() => expect(said()).toContain('3 limits in the file, 2 of them new.'))
    await importFile(await fileWith(limit('b')))
    await vi.waitFor(() => expect(said()).toContain('1 limit in the file, 0 of them new.'))
  })

  it('are not spoken of where there are none', async () => {
    await openElsewhere(await openOn(new PanelAccount(10)))
    await importFile(await fileWith())
    await vi.waitFor(() => expect(said()).toContain('imported'))
    expect(said()).not.toContain('limit')
  })
})
