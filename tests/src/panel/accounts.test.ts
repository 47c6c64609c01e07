import { HttpResponse } from 'msw'
import { describe, expect, it, vi } from 'vitest'
import type { RawRunEvent } from '../../../src/host/port.ts'
import { PanelAccount } from '../../../sandbox/panel/account.ts'
import { sampleEvents } from '../../../sandbox/panel/sample-events.ts'
import { balanceStatus, panelTests, rows } from '../support/panel.ts'

const open = panelTests()
const FIRST = { id: 'token:first', login: 'token' } as const
const SECOND = { id: 'token:second', login: 'token' } as const

const askedBy = (request: Request): string | null => request.headers.get('authorization')

const event = (type: string, detail: unknown): RawRunEvent => ({ type, detail, at: Date.now() })

/** An answer that waits until the test lets it go. */
function gate() {
  const resolvers: (() => void)[] = []
  const passed = new Promise<void>((resolve) => resolvers.push(resolve))
  return { passed, open: () => resolvers.forEach((resolve) => resolve()) }
}

describe('whose figures these are', () => {
  it('asks nothing while nobody is logged in', async () => {
    const { asked, host } = open({ account: null })
    await vi.waitFor(() => expect(document.querySelector('section')).toBeNull())
    expect(asked).toEqual([])
    host.login(FIRST)
    await vi.waitFor(() => expect(asked).toContain('GET /customers/balance'))
  })

  it('shows nothing of the first person to the second', async () => {
    const second = gate()
    const { host } = open({
      account: FIRST,
      of: new PanelAccount(10, sampleEvents(Date.now())),
      answers: (usual) => ({
        ...usual,
        balance: async (question) => {
          if (askedBy(question.request)?.endsWith('second')) await second.passed
          return usual.balance(question)
        },
        events: async (question) => {
          if (askedBy(question.request)?.endsWith('second')) {
            await second.passed
            return { total: 0, page: 1, limit: 50, totalPages: 0, events: [] }
          }
          return usual.events(question)
        },
      }),
    })
    await vi.waitFor(() => expect(rows().length).toBeGreaterThan(0))
    host.login(SECOND)
    await vi.waitFor(() => expect(rows()).toEqual([]))
    expect(balanceStatus().dataset['credits']).toBeUndefined()
    second.open()
    await vi.waitFor(() => expect(balanceStatus().dataset['credits']).toBe('2110'))
    expect(rows()).toEqual([])
  })

  it('drops an answer that was asked for by somebody who has left', async () => {
    const first = gate()
    const { host } = open({
      account: FIRST,
      answers: (usual) => ({
        ...usual,
        balance: async ({ request }) => {
          if (askedBy(request)?.endsWith('second')) {
            return { amount_micros: 200, currency: 'usd' }
          }
          await first.passed
          return { amount_micros: 999_900, currency: 'usd' }
        },
      }),
    })
    host.login(SECOND)
    await vi.waitFor(() => expect(balanceStatus().dataset['credits']).toBe('422'))
    first.open()
    await vi.waitFor(() => expect(balanceStatus().dataset['credits']).toBe('422'))
    expect(localStorage.getItem('comfyui-credits:balance:token:second')).toContain('2000000')
    expect(localStorage.getItem('comfyui-credits:balance:token:first')).toBeNull()
  })

  it('takes the panel away at logout', async () => {
    const { host } = open()
    await vi.waitFor(() => expect(balanceStatus().dataset['credits']).toBe('2110'))
    host.logout()
    await vi.waitFor(() => expect(document.querySelector('section')).toBeNull())
  })

  it('says so when the login is not accepted', async () => {
    open({
      answers: (usual) => ({ ...usual, balance: () => new HttpResponse(null, { status: 401 }) }),
    })
    await vi.waitFor(() =>
      expect(document.body.textContent).toContain('Your login was not accepted'),
    )
  })
})

describe('a finished run', () => {
  it('refreshes balance and history, and stands in the history at once', async () => {
    const { host, account } = open()
    await vi.waitFor(() => expect(balanceStatus().dataset['credits']).toBe('2110'))
    host.tell(event('execution_start', { prompt_id: 'p1' }))
    host.tell(event('executing', '7'))
    host.tell(
      event('progress_text', { nodeId: '7', text: 'Status: Completed\nPrice: 12.66 credits' }),
    )
    await vi.waitFor(() => expect(rows('run')[0]?.dataset['status']).toBe('running'))
    expect(rows('run')[0]?.dataset['credits']).toBe('-12.66')
    expect(rows('run')[0]?.dataset['basis']).toBe('announced')

    account.usdMicros -= 60_000
    account.events.unshift({
      event_id: 'u1',
      event_type: 'api_usage_completed',
      createdAt: new Date().toISOString(),
      params: { job_id: 'p1', charge_micro_usd: 60_000, outcome: 'succeeded' },
    })
    host.tell(event('execution_success', { prompt_id: 'p1' }))
    await vi.waitFor(() => expect(balanceStatus().dataset['credits']).toBe('2097.34'))
    await vi.waitFor(() => expect(rows('run')[0]?.dataset['basis']).toBe('actual'))
    expect(rows('run')).toHaveLength(1)
    expect(rows('run')[0]?.textContent).toContain('Castle at dusk')
  })
})
