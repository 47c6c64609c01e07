import 'fake-indexeddb/auto'
import { usdMicrosFromCredits } from '@comfyui-credits/contract/money'
import { describe, expect, it, vi } from 'vitest'
import { PanelAccount } from '../../../sandbox/panel/account.ts'
import { useGuardStore } from '../../../src/guard/store.ts'
import type { OpenWorkflow, RawRunEvent } from '../../../src/host/port.ts'
import type { LimitAlert } from '../../../src/limits/alert.ts'
import { noLimits, type Limit, type LimitSettings } from '../../../src/limits/limit.ts'
import { useLimitsStore } from '../../../src/limits/store.ts'
import { announceSettings } from '../../../src/limits/settings-signal.ts'
import { deleteStoredData, storedName } from '../../../src/storage/stored-data.ts'
import { nodeType, usd, workflow } from '../../support/builders/workflow.ts'
import { guardTests } from '../support/guard-tests.ts'
import { panelTests, type OpenPanel } from '../support/panel.ts'

const open = panelTests()
guardTests()

/** 8.44 credits. */
const PRICE_USD = 0.04
const canvas: OpenWorkflow = {
  workflow: workflow([{ id: 1, type: 'Paid' }]),
  nodeType: (name) =>
    name === 'Paid'
      ? nodeType({ price: { expr: usd(PRICE_USD) }, more: { output_node: true } })
      : undefined,
}
const daily: Limit = {
  id: 'a',
  period: 'day',
  scope: { kind: 'all' },
  usdMicros: usdMicrosFromCredits(20),
  action: 'stop',
}

let accounts = 0
/** An account of its own, with these limits; the question about credits is switched off. */
async function limited(settings: Partial<LimitSettings>): Promise<OpenPanel> {
  const id = `token:limited-${(accounts += 1)}`
  localStorage.setItem(storedName('limits') + id, JSON.stringify({ ...noLimits, ...settings }))
  const panel = open({
    account: { id, login: 'token' },
    of: new PanelAccount(10),
    openWorkflow: canvas,
    shown: false,
  })
  await vi.waitFor(() => expect(panel.host.isGated()).toBe(true))
  return panel
}

let sends = 0
const tell = (panel: OpenPanel, type: string, detail: unknown): void =>
  panel.host.tell({ type, detail, at: Date.now() } satisfies RawRunEvent)

/** What the host reports of a run that it sends. */
function send(panel: OpenPanel): string {
  const promptId = `p${(sends += 1)}`
  tell(panel, 'credits_sent', { send: sends, source: null, batch: 1 })
  tell(panel, 'credits_accepted', { prompt_id: promptId, send: sends, output: {} })
  tell(panel, 'credits_answered_all', null)
  return promptId
}

function finish(panel: OpenPanel, promptId: string): void {
  const text = 'Status: Completed\nPrice: 8.44 credits'
  tell(panel, 'execution_start', { prompt_id: promptId })
  tell(panel, 'executing', '1')
  tell(panel, 'progress_text', { nodeId: '1', text })
  tell(panel, 'execution_success', { prompt_id: promptId })
}

async function run(panel: OpenPanel, source = 'button'): Promise<void> {
  expect(await press(panel, source)).toBe(true)
  finish(panel, send(panel))
}

const press = (panel: OpenPanel, source = 'button', count = 1): Promise<unknown> =>
  Promise.resolve(panel.host.pressRun(0, count, { intent: { trigger_source: source } }))

const asked = async ({ pinia }: OpenPanel) => {
  const guard = useGuardStore(pinia)
  await vi.waitFor(() => expect(guard.question).not.toBeNull())
  if (guard.question === null) throw new Error('Nothing is asked')
  return guard.question
}

describe('a limit', () => {
  it('of 20 credits a day stops the third run of 8, and lists it', async () => {
    const panel = await limited({ limits: [daily] })
    await run(panel)
    await run(panel)
    const third = press(panel)
    const { why, answer } = await asked(panel)
    expect(why).toMatchObject({
      kind: 'limit',
      progress: { spentUsdMicros: 80_000, reservedUsdMicros: 0 },
    })
    answer(false)
    expect(await third).toBe(false)
    expect(panel.host.vetoed).toEqual(['button'])
    const { stopped } = useLimitsStore(panel.pinia)
    expect(stopped).toMatchObject([
      { limit: daily, outcome: 'stopped', reason: null, costUsdMicros: { min: 40_000 } },
    ])
  })

  it('lets a run go on once more with a reason, which is stored', async () => {
    const panel = await limited({ limits: [{ ...daily, usdMicros: 0 }] })
    const queued = press(panel)
    const { answer } = await asked(panel)
    answer(true, '  the client waits ')
    expect(await queued).toBe(true)
    expect(useLimitsStore(panel.pinia).stopped).toMatchObject([
      { outcome: 'once-more', reason: 'the client waits' },
    ])
  })

  it('counts a batch of 4 as 4, and what is queued', async () => {
    const panel = await limited({ limits: [daily] })
    const batch = press(panel, 'button', 4)
    ;(await asked(panel)).answer(false)
    expect(await batch).toBe(false)
    for (let queued = 0; queued < 2; queued += 1) {
      expect(await press(panel)).toBe(true)
      send(panel)
    }
    const third = press(panel)
    expect((await asked(panel)).why).toMatchObject({ progress: { reservedUsdMicros: 80_000 } })
    useGuardStore(panel.pinia).question?.answer(false)
    expect(await third).toBe(false)
  })

  it('that is taken away in another tab stops nothing, and nothing stands around Run', async () => {
    const panel = await limited({ limits: [{ ...daily, usdMicros: 0 }] })
    const key = `${storedName('limits')}${panel.host.account()?.id}`
    localStorage.removeItem(key)
    window.dispatchEvent(new StorageEvent('storage', { key }))
    await vi.waitFor(() => expect(panel.host.isGated()).toBe(false))
  })

  it('is gone with all that is stored', async () => {
    const panel = await limited({ limits: [{ ...daily, usdMicros: 0 }] })
    const queued = press(panel)
    ;(await asked(panel)).answer(false)
    expect(await queued).toBe(false)
    const limits = useLimitsStore(panel.pinia)
    expect(limits.stopped).toHaveLength(1)
    await deleteStoredData()
    announceSettings()
    expect(limits.settings).toEqual(noLimits)
    expect(limits.stopped).toEqual([])
    await vi.waitFor(() => expect(panel.host.isGated()).toBe(false))
  })

  it('that fails lets the run go on, and that is reported', async () => {
    const panel = await limited({ limits: [{ ...daily, usdMicros: 0 }] })
    const failure = new Error('Of our own')
    const reported = vi.fn()
    vi.stubGlobal('reportError', reported)
    vi.spyOn(useLimitsStore(panel.pinia), 'questionOf').mockImplementation(() => {
      throw failure
    })
    expect(await press(panel)).toBe(true)
    expect(reported).toHaveBeenCalledWith(failure)
  })
})

describe('a question', () => {
  it('comes before a run above so many credits', async () => {
    const panel = await limited({ askAboveUsdMicros: 50_000 })
    expect(await press(panel)).toBe(true)
    const two = press(panel, 'button', 2)
    expect((await asked(panel)).why).toEqual({ kind: 'above', aboveUsdMicros: 50_000 })
    useGuardStore(panel.pinia).question?.answer(true)
    expect(await two).toBe(true)
  })

  it('comes once auto-queue has spent too much in a time, and begins again with a yes', async () => {
    const panel = await limited({ runaway: { usdMicros: 50_000, minutes: 10 } })
    const alerts: LimitAlert[] = []
    useLimitsStore(panel.pinia).onAlert((alert) => alerts.push(alert))
    await run(panel)
    await run(panel, 'auto_queue')
    await run(panel, 'auto_queue')
    const next = press(panel, 'auto_queue')
    const runaway = { kind: 'runaway', spentUsdMicros: 80_000, minutes: 10 }
    expect((await asked(panel)).why).toEqual(runaway)
    expect(alerts).toEqual([runaway])
    useGuardStore(panel.pinia).question?.answer(true)
    expect(await next).toBe(true)
    finish(panel, send(panel))
    await run(panel)
    const last = press(panel, 'auto_queue')
    expect(await last).toBe(true)
  })
})

describe('an alert', () => {
  it('comes at 80 % of a limit, and at a low balance, once each', async () => {
    const panel = await limited({ limits: [daily], lowBalanceUsdMicros: 20_000_000 })
    const alerts: LimitAlert[] = []
    const limits = useLimitsStore(panel.pinia)
    limits.onAlert((alert) => alerts.push(alert))
    await run(panel)
    await run(panel)
    const kinds = () => alerts.map((alert) => (alert.kind === 'share' ? alert.percent : alert.kind))
    await vi.waitFor(() => expect(kinds().toSorted()).toEqual([80, 'low-balance']))
    const again: LimitAlert[] = []
    limits.onAlert((alert) => again.push(alert))
    limits.save({ ...limits.settings, askAboveUsdMicros: 1 })
    await vi.waitFor(() => expect(limits.settings.askAboveUsdMicros).toBe(1))
    expect(again).toEqual([])
  })
})
