import { afterEach, describe, expect, it, vi } from 'vitest'
import english from '../../../../locales/en/main.json' with { type: 'json' }
import purchase from '../../../../locales/en/purchase.json' with { type: 'json' }
import type { Progress } from '../../../../src/purchase/engine/flow.ts'
import PaymentRow from '../../../../src/purchase/payments/PaymentRow.vue'
import { usePurchaseStore } from '../../../../src/purchase/store.ts'
import { newPurchase } from '../../support/purchase.ts'
import { named, viewTests } from '../../support/view.ts'

const { copy, text } = english.comfyuiCredits.payments
const { show } = purchase.comfyuiCredits.buy
const open = viewTests()
afterEach(() => vi.unstubAllGlobals())

const STARTED_AT = Date.UTC(2026, 10, 22, 9)
const of25 = { ...newPurchase('a1'), startedAt: STARTED_AT }
const awaiting: Progress = { step: 'awaiting', at: STARTED_AT, purchase: of25 }
const credited: Progress = {
  step: 'credited',
  at: STARTED_AT,
  purchase: of25,
  afterUsdMicros: 35_000_000,
  evidence: { from: 'account-event', eventId: 'e1' },
}

const openRow = (progress: Progress) => open(PaymentRow, { texts: 'purchase', props: { progress } })

describe('a payment in the list', () => {
  it('says how much, how it stands and when it began', async () => {
    const row = await openRow(credited)
    expect(row.attributes('data-step')).toBe('credited')
    expect(row.get('strong').text()).toBe('$25.00')
    expect(row.text()).toContain(purchase.comfyuiCredits.buy.creditedTitle)
    expect(row.get('time').attributes('datetime')).toBe('2026-11-22T09:00:00.000Z')
  })

  it('leads back to the popup while it is open', async () => {
    const row = await openRow(awaiting)
    // Of this app: in a shared worker the active one may be another's.
    const store = usePurchaseStore(row.vm.$pinia)
    await named(row, 'button', show).trigger('click')
    expect(store.dialogOpen).toBe(true)
  })

  it('leads nowhere once it has ended', async () => {
    const row = await openRow(credited)
    expect(row.findAll('button').map((button) => button.text())).toEqual([copy])
  })

  it('copies what support needs, and nothing that lets others pay or see it', async () => {
    const writeText = vi.fn(() => Promise.resolve())
    vi.stubGlobal('navigator', { ...navigator, clipboard: { writeText } })
    const checkoutUrl = 'https://checkout.stripe.com/c/pay/cs_1'
    const row = await openRow({ ...awaiting, purchase: { ...of25, checkoutUrl } })
    expect(row.find('textarea').exists()).toBe(false)
    await named(row, 'button', copy).trigger('click')
    await vi.waitFor(() => expect(writeText).toHaveBeenCalledOnce())
    const field = row.get('textarea').element
    expect(writeText).toHaveBeenCalledWith(field.value)
    expect(field.getAttribute('aria-label')).toBe(text)
    expect(field.value).toContain('payment: a1\nstate: awaiting')
    expect(field.value).not.toContain('checkout.stripe.com')
  })
})
