import 'fake-indexeddb/auto'
import { describe, expect, it, vi } from 'vitest'
import { PanelAccount } from '../../../sandbox/panel/account.ts'
import type { OpenWorkflow, RawRunEvent } from '../../../src/host/port.ts'
import { storedName } from '../../../src/storage/stored-data.ts'
import { nodeType, usd, workflow } from '../../support/builders/workflow.ts'
import { guardTests } from '../support/guard-tests.ts'
import { button, panelTests, type OpenPanel } from '../support/panel.ts'

const open = panelTests()
guardTests()

const types: Readonly<Record<string, object>> = {
  Paid: nodeType({ price: { expr: usd(0.06) }, more: { output_node: true } }),
  Range: nodeType({
    price: { expr: '{"type":"range_usd","min_usd":0.06,"max_usd":0.4}' },
    more: { output_node: true },
  }),
  Free: nodeType({ more: { output_node: true } }),
}
const canvas = (type: string): OpenWorkflow => ({
  workflow: workflow([{ id: 1, type }]),
  nodeType: (name) => types[name],
})

const dialog = () => document.querySelector<HTMLDialogElement>('dialog[role=alertdialog]')
const isAsked = () => vi.waitFor(() => expect(dialog()?.open).toBe(true))
const isGone = () => vi.waitFor(() => expect(dialog()).toBeNull())

/** Logged in with so much, and the guard is there and knows it. */
async function guarded(usdOfAccount: number, type = 'Paid'): Promise<OpenPanel> {
  const panel = open({
    of: new PanelAccount(usdOfAccount),
    openWorkflow: canvas(type),
    options: ['guard'],
    shown: false,
  })
  await vi.waitFor(() => expect(panel.host.isGated()).toBe(true))
  await vi.waitFor(() => expect(localStorage.getItem(storedKey('balance'))).not.toBeNull())
  return panel
}

const storedKey = (kind: string): string =>
  Object.keys(localStorage).find((name) => name.startsWith(storedName(kind))) ?? ''

let sends = 0
/** What the host reports of a run that it sends. */
function send(panel: OpenPanel, promptId: string): void {
  const events: [string, unknown][] = [
    ['credits_sent', { send: (sends += 1), source: null, batch: 1 }],
    ['credits_accepted', { prompt_id: promptId, send: sends, output: {} }],
    ['credits_answered_all', null],
  ]
  for (const [type, detail] of events) tell(panel, type, detail)
}
const tell = (panel: OpenPanel, type: string, detail: unknown): void =>
  panel.host.tell({ type, detail, at: Date.now() } satisfies RawRunEvent)

describe('a press of Run', () => {
  it('goes on where the balance covers it, or it costs nothing', async () => {
    const panel = await guarded(0.06)
    expect(await panel.host.pressRun(0, 1)).toBe(true)
    panel.host.draw(canvas('Free'))
    expect(await panel.host.pressRun(0, 1)).toBe(true)
    expect(dialog()).toBeNull()
    expect(panel.host.toasts).toEqual([])
  })

  it('is asked about where the balance does not, and not queued after Escape', async () => {
    const panel = await guarded(0.05)
    const queued = panel.host.pressRun(0, 4, { intent: { trigger_source: 'button' } })
    await isAsked()
    expect(dialog()?.textContent).toContain('50.64 credits')
    expect(document.activeElement?.textContent).toBe('Cancel')
    document.activeElement?.dispatchEvent(
      new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true }),
    )
    expect(await queued).toBe(false)
    expect(panel.host.vetoed).toEqual(['button'])
    await isGone()
  })

  it('goes on where the person says so', async () => {
    const panel = await guarded(0.05)
    const queued = panel.host.pressRun(0, 1)
    await isAsked()
    button('Run anyway').click()
    expect(await queued).toBe(true)
    await isGone()
  })

  it('is not queued where the browser itself closes the question', async () => {
    const panel = await guarded(0.05)
    const queued = panel.host.pressRun(0, 1)
    await isAsked()
    dialog()?.close()
    expect(await queued).toBe(false)
    await isGone()
  })

  it('has the answer of the question that is open', async () => {
    const panel = await guarded(0.05)
    const first = panel.host.pressRun(0, 1)
    await isAsked()
    const others = [panel.host.pressRun(0, 1), panel.host.pressRun(0, 2)]
    // Both are judged by then.
    await new Promise((resolve) => {
      setTimeout(resolve)
    })
    expect(document.querySelectorAll('dialog[role=alertdialog]')).toHaveLength(1)
    button('Cancel').click()
    expect(await Promise.all([first, ...others])).toEqual([false, false, false])
  })

  it('is not pressed by the key that has pressed Run and is still held', async () => {
    const panel = await guarded(0.05)
    void panel.host.pressRun(0, 1)
    await isAsked()
    const held = new KeyboardEvent('keydown', {
      key: 'Enter',
      repeat: true,
      bubbles: true,
      cancelable: true,
    })
    document.activeElement?.dispatchEvent(held)
    expect(held.defaultPrevented).toBe(true)
    button('Cancel').click()
    await isGone()
  })

  it('leads to the purchase of what it needs', async () => {
    const panel = await guarded(0.05)
    const queued = panel.host.pressRun(0, 1)
    await isAsked()
    button('Buy credits').click()
    expect(await queued).toBe(false)
    expect(panel.host.openings()).toBe(1)
    panel.credits.mount(panel.element)
    await vi.waitFor(() =>
      expect(document.body.textContent).toContain('What you have queued needs up to 12.66 credits'),
    )
  })

  it('says quietly that it may cost more than there is', async () => {
    const panel = await guarded(0.1, 'Range')
    expect(await panel.host.pressRun(0, 1)).toBe(true)
    await vi.waitFor(() => expect(panel.host.toasts).toHaveLength(1))
    const [toast] = panel.host.toasts
    expect(toast).toMatchObject({
      severity: 'warn',
      summary: 'This run may cost more than you have',
    })
    expect(toast?.detail).toBe('Up to 84.40 credits. You have 21.10.')
  })

  it('is asked about on a negative balance, and says that partner nodes are refused', async () => {
    const panel = await guarded(-1)
    void panel.host.pressRun(0, 1)
    await isAsked()
    expect(dialog()?.textContent).toContain('Your balance is negative')
    panel.host.logout()
    await isGone()
  })

  it('goes on where the guard is switched off', async () => {
    const panel = await guarded(0.05)
    panel.host.choose('guard', false)
    await vi.waitFor(() => expect(panel.host.isGated()).toBe(false))
    expect(await panel.host.pressRun(0, 1)).toBe(true)
  })

  it('goes on where the guard is switched off while it is asked about', async () => {
    const panel = await guarded(0.05)
    const queued = panel.host.pressRun(0, 1)
    await isAsked()
    panel.host.choose('guard', false)
    expect(await queued).toBe(true)
    await isGone()
  })
})

describe('what is queued and has not ended', () => {
  it('is taken from what there is, until the run has ended without a charge', async () => {
    const panel = await guarded(0.1)
    expect(await panel.host.pressRun(0, 1)).toBe(true)
    send(panel, 'p1')
    const second = panel.host.pressRun(0, 1)
    await isAsked()
    expect(dialog()?.textContent).toContain('Runs not finished yet')
    button('Cancel').click()
    expect(await second).toBe(false)
    await isGone()
    tell(panel, 'execution_start', { prompt_id: 'p1' })
    tell(panel, 'execution_interrupted', { prompt_id: 'p1' })
    expect(await panel.host.pressRun(0, 1)).toBe(true)
  })

  it('is given back where the server refuses it', async () => {
    const panel = await guarded(0.1)
    expect(await panel.host.pressRun(0, 1)).toBe(true)
    tell(panel, 'credits_refused', { send: 1, code: 'invalid_prompt' })
    expect(await panel.host.pressRun(0, 1)).toBe(true)
  })

  it('is counted too where it came past Run, and not stopped', async () => {
    const panel = await guarded(0.1)
    const inputs = {}
    tell(panel, 'credits_accepted', {
      prompt_id: 'direct',
      send: 1,
      output: { 1: { class_type: 'Paid', inputs } },
    })
    await vi.waitFor(() =>
      expect(localStorage.getItem(storedKey('reserved'))).toContain('"minUsdMicros":60000'),
    )
    void panel.host.pressRun(0, 1)
    await isAsked()
    button('Cancel').click()
    await isGone()
  })

  it('of another tab is taken from what there is', async () => {
    const panel = await guarded(0.1)
    const [, key = ''] = /^comfyui-credits:balance:(.*)$/.exec(storedKey('balance')) ?? []
    const run = {
      id: 'theirs',
      minUsdMicros: 60_000,
      maxUsdMicros: 60_000,
      spent: [],
      endedAt: null,
    }
    const record = { at: Date.now(), runs: [{ ...run, takenAt: Date.now() }] }
    localStorage.setItem(
      `${storedName('reserved')}${key}:${'a'.repeat(32)}`,
      JSON.stringify(record),
    )
    void panel.host.pressRun(0, 1)
    await isAsked()
    expect(dialog()?.textContent).toContain('12.66 credits')
    button('Cancel').click()
    await isGone()
  })
})
