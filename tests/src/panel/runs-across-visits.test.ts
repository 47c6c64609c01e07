import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Account } from '../../../src/host/port.ts'
import { DatabaseRunArchive } from '../../../src/run-archive/database.ts'
import { RUNS_DATABASE } from '../../../src/storage/stored-data.ts'
import { PanelAccount } from '../../../sandbox/panel/account.ts'
import { balanceStatus, find, panelTests, rows, type OpenPanel } from '../support/panel.ts'

const open = panelTests()
const FIRST = { id: 'token:first', login: 'token' } as const
const SECOND = { id: 'token:second', login: 'token' } as const

const costs = () => rows('run').map((row) => [row.dataset['status'], row.dataset['credits']])
const nextTurn = () => new Promise((resolve) => setImmediate(resolve))
const saysThatItStores = (what: 'nothing for' | 'nothing more' | 'nothing'): boolean =>
  document.querySelector('.cc-history')?.textContent.includes(`stores ${what}`) === true

function run({ host }: OpenPanel, promptId: string, ends = 'execution_success'): void {
  const tell = (type: string, detail: unknown) => host.tell({ type, detail, at: Date.now() })
  tell('execution_start', { prompt_id: promptId })
  tell('executing', '7')
  tell('progress_text', { nodeId: '7', text: 'Status: Completed\nPrice: 12.66 credits' })
  tell(ends, { prompt_id: promptId })
}

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** As after a reload of the page: another panel, on what the browser has kept. */
async function reload(
  panel: OpenPanel,
  account: Account = FIRST,
  idle: boolean | null = null,
  history: Readonly<Record<string, unknown>> = {},
): Promise<OpenPanel> {
  panel.credits.dispose()
  document.body.replaceChildren()
  const next = open({ account, idle, history })
  await vi.waitFor(() => expect(balanceStatus().dataset['credits']).toBe('2110'))
  return next
}

describe('runs made in this browser', () => {
  it('are still there after a reload, with what they cost, written before the page went', async () => {
    const panel = open({ account: FIRST })
    run(panel, 'p1')
    await vi.waitFor(() => expect(costs()).toEqual([['succeeded', '-12.66']]))
    const next = await reload(panel)
    await vi.waitFor(() => expect(costs()).toEqual([['succeeded', '-12.66']]))
    run(next, 'p2')
    await vi.waitFor(() => expect(costs()).toHaveLength(2))
  })

  it('go on after a reload as the same run', async () => {
    const panel = open({ account: FIRST })
    run(panel, 'p1', 'nothing')
    await vi.waitFor(() => expect(costs()).toEqual([['running', '-12.66']]))
    const { host } = await reload(panel)
    await vi.waitFor(() => expect(costs()).toEqual([['running', '-12.66']]))
    host.tell({ type: 'executing', detail: '7', at: Date.now() })
    host.tell({ type: 'execution_success', detail: { prompt_id: 'p1' }, at: Date.now() })
    await vi.waitFor(() => expect(costs()).toEqual([['succeeded', '-12.66']]))
  })

  it.each([
    [true, 'lost'],
    [false, 'running'],
    [null, 'running'],
  ])('are lost where the server, asked whether it is idle, says %s: %s', async (idle, status) => {
    const panel = open({ account: FIRST })
    run(panel, 'p1', 'nothing')
    await vi.waitFor(() => expect(costs()).toEqual([['running', '-12.66']]))
    await reload(panel, FIRST, idle)
    await vi.waitFor(() => expect(costs()).toEqual([[status, '-12.66']]))
  })

  const failed = {
    node_id: '7',
    exception_type: 'Exception',
    exception_message: 'boom',
    timestamp: 9,
  }
  it.each([
    ['success', [['execution_success', { prompt_id: 'p1', timestamp: 9 }]], 'succeeded'],
    ['error', [['execution_error', { prompt_id: 'p1', ...failed }]], 'failed'],
    ['error', [['execution_interrupted', { prompt_id: 'p1', timestamp: 9 }]], 'interrupted'],
    ['odd', 'odd', 'lost'],
  ])('end as the server remembers it where nobody saw it: %s', async (said, messages, status) => {
    const panel = open({ account: FIRST })
    run(panel, 'p1', 'nothing')
    await vi.waitFor(() => expect(costs()).toEqual([['running', '-12.66']]))
    const p1 = { status: { status_str: said, messages } }
    const next = await reload(panel, FIRST, true, { p1 })
    await vi.waitFor(() => expect(costs()).toEqual([[status, '-12.66']]))
    // It is stored: the server may have forgotten by the next visit.
    await reload(next, FIRST)
    await vi.waitFor(() =>
      expect(costs()).toEqual([[status === 'lost' ? 'running' : status, '-12.66']]),
    )
  })

  it('are written when they begin, for the page may go', async () => {
    const panel = open({ account: FIRST })
    run(panel, 'p1')
    await vi.waitFor(() => expect(costs()).toHaveLength(1))
    const put = vi.spyOn(IDBObjectStore.prototype, 'put')
    const written = () => JSON.stringify(put.mock.calls).includes('"promptId":"p2"')
    // What waits to be written with the next would wait for ever.
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    run(panel, 'p2', 'nothing')
    for (let turn = 0; turn < 1000 && !written(); turn += 1) await nextTurn()
    expect(written()).toBe(true)
  })

  it('are nobody else’s', async () => {
    const panel = open({ account: FIRST })
    run(panel, 'p1')
    await vi.waitFor(() => expect(costs()).toHaveLength(1))
    const next = await reload(panel, SECOND)
    expect(costs()).toEqual([])
    next.host.login(FIRST)
    await vi.waitFor(() => expect(costs()).toEqual([['succeeded', '-12.66']]))
    next.host.login(SECOND)
    await vi.waitFor(() => expect(balanceStatus().dataset['credits']).toBe('2110'))
    expect(costs()).toEqual([])
    next.host.logout()
    await vi.waitFor(() => expect(rows()).toEqual([]))
  })

  it('are listed until the page is left where the browser keeps nothing, and this is said', async () => {
    Reflect.deleteProperty(window, 'indexedDB')
    const panel = open({ account: FIRST })
    run(panel, 'p1')
    await vi.waitFor(() => expect(saysThatItStores('nothing for')).toBe(true))
    await vi.waitFor(() => expect(costs()).toEqual([['succeeded', '-12.66']]))
    await reload(panel)
    expect(costs()).toEqual([])
  })

  it('are listed where the storage is full, and this is said, and kept when there is room again', async () => {
    const panel = open({ account: FIRST })
    run(panel, 'p1')
    await vi.waitFor(() => expect(costs()).toHaveLength(1))
    const full = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
      throw new DOMException('no room', 'QuotaExceededError')
    })
    run(panel, 'p2')
    await vi.waitFor(() => expect(saysThatItStores('nothing more')).toBe(true))
    await vi.waitFor(() => expect(costs()).toHaveLength(2))
    full.mockRestore()
    run(panel, 'p3')
    await vi.waitFor(() => expect(saysThatItStores('nothing')).toBe(false))
    await reload(panel)
    await vi.waitFor(() => expect(costs()).toHaveLength(3))
  })

  it.each([
    [
      'a newer version has stored its own',
      'A newer version of ComfyUI Credits has stored your runs',
      () =>
        new Promise((resolve) => {
          const opening = window.indexedDB.open(RUNS_DATABASE, 990)
          opening.addEventListener('success', () => resolve(opening.result.close()))
        }),
    ],
    [
      'opening the storage throws',
      'Your browser stores nothing for this page',
      async () =>
        vi.spyOn(window.indexedDB, 'open').mockImplementation(() => {
          throw new DOMException('no', 'InvalidStateError')
        }),
    ],
    [
      'every transaction throws',
      'Your browser stores nothing for this page',
      async () => {
        const runArchive = new DatabaseRunArchive()
        await runArchive.size(FIRST.id)
        runArchive.close()
        vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(() => {
          throw new DOMException('no', 'UnknownError')
        })
      },
    ],
  ])('are listed until the page is left where %s, and this is said', async (_what, text, spoil) => {
    await spoil()
    const panel = open({ account: FIRST })
    run(panel, 'p1')
    await vi.waitFor(() => expect(find('.cc-history').textContent).toContain(text))
    await vi.waitFor(() => expect(costs()).toEqual([['succeeded', '-12.66']]))
  })

  it('are not said to be lost where the browser keeps them', async () => {
    const panel = open({ account: FIRST })
    run(panel, 'p1')
    await vi.waitFor(async () => {
      const names = (await window.indexedDB.databases()).map(({ name }) => name)
      expect(names).toContain(RUNS_DATABASE)
    })
    expect(saysThatItStores('nothing')).toBe(false)
  })
})

describe('what the balance did', () => {
  const words = () => rows().map((row) => [row.dataset['kind'], row.dataset['verdict']])

  it('is asked once more after a reload, where a run ended just before it', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] })
    const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)
    const panel = open({ account: FIRST })
    await vi.waitFor(() => expect(balanceStatus().dataset['credits']).toBe('2110'))
    await pass(1000)
    run(panel, 'p1', 'nothing')
    await pass(1000)
    panel.host.tell({ type: 'execution_error', detail: { prompt_id: 'p1' }, at: Date.now() })
    await vi.waitFor(() => expect(costs()).toEqual([['failed', '-12.66']]))
    // The charge may still be on its way when the page is there again.
    await pass(2000)
    const { asked } = await reload(panel)
    await vi.waitFor(() => expect(words()).toEqual([['run', 'open']]))
    await pass(3500)
    await vi.waitFor(() => expect(words()).toEqual([['run', 'nothing-charged']]))
    expect(asked.filter((request) => request.endsWith('balance'))).toHaveLength(2)
  })

  it('is unexplained where neither the account nor a run says why, until an event does', async () => {
    const of = new PanelAccount(10)
    const { credits } = open({ account: FIRST, of })
    await vi.waitFor(() => expect(balanceStatus().dataset['credits']).toBe('2110'))
    of.usdMicros -= 60_000
    await credits.refresh()
    await vi.waitFor(() => expect(words()).toEqual([['unexplained', undefined]]))
    expect(rows()[0]?.dataset['credits']).toBe('-12.66')
    of.events.unshift({
      event_id: 'e1',
      event_type: 'api_usage_completed',
      createdAt: new Date().toISOString(),
      params: { api_name: 'aurora', charge_micro_usd: 60_000, job_id: 'of another device' },
    })
    await credits.refresh()
    await vi.waitFor(() => expect(words()).toEqual([['run', undefined]]))
  })

  it('tells of a failed run that it was charged, by the event, and on the next visit without it', async () => {
    const of = new PanelAccount(10)
    const panel = open({ account: FIRST, of })
    await vi.waitFor(() => expect(balanceStatus().dataset['credits']).toBe('2110'))
    run(panel, 'p1', 'execution_error')
    of.events.unshift({
      event_id: 'e1',
      event_type: 'api_usage_completed',
      createdAt: new Date().toISOString(),
      params: { api_name: 'aurora', charge_micro_usd: 60_000, job_id: 'p1' },
    })
    await panel.credits.refresh()
    await vi.waitFor(() => expect(words()).toEqual([['run', 'nothing-delivered']]))
    expect(rows()[0]?.textContent).toContain('Charged, no output')
    await reload(panel)
    await vi.waitFor(() => expect(words()).toEqual([['run', 'nothing-delivered']]))
    expect(costs()).toEqual([['failed', '-12.66']])
  })
})
