import { HttpResponse } from 'msw'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { keepPurchase } from '../../../../src/purchase/engine/purchase-storage.ts'
import type { Progress } from '../../../../src/purchase/engine/flow.ts'
import {
  isVerdict,
  sendCheckout,
  type CheckoutContext,
} from '../../../../src/purchase/engine/checkout-client.ts'
import { ApiError, type ApiErrorCode } from '../../../../src/api/port.ts'
import type { BillingAccount } from '../../../../src/billing-account/port.ts'
import { button, find, panelTests } from '../../support/panel.ts'
import { newPurchase } from '../../support/purchase.ts'

/** What the model of the whole has found (runner.test.ts), each as small as it gets. */

const open = panelTests()
afterEach(() => vi.restoreAllMocks())
beforeAll(() => import('../../../../src/purchase/BuyDialog.vue'))

const popup = () => find('dialog').textContent

/** As the other tab writes it down. */
function tellOther(progress: Progress): void {
  keepPurchase(localStorage, 'token:person', progress)
  const key = `comfyui-credits:purchase:token:person:${progress.purchase.attempt}`
  const newValue = localStorage.getItem(key)
  window.dispatchEvent(new StorageEvent('storage', { key, newValue }))
}

describe('an order of another tab', () => {
  it('is not for ever being made when that tab was killed', async () => {
    open()
    await vi.waitFor(() => button('Buy credits').click())
    tellOther({ step: 'creating', purchase: newPurchase('b1'), at: Date.now() })
    await vi.waitFor(() => expect(popup()).toContain('No answer to your payment'), 3000)
    button('Try again')
  })

  it('that was paid while this tab waited for its turn is the one that was wanted', async () => {
    vi.spyOn(window, 'open').mockReturnValue(null)
    const { asked } = open()
    await vi.waitFor(() => button('Buy credits').click())
    await vi.waitFor(() => expect(button('Buy').disabled).toBe(false))
    // The other tab was at it, and this one has not heard of it.
    keepPurchase(localStorage, 'token:person', {
      step: 'credited',
      purchase: { ...newPurchase('b1'), sessionId: 'cs_1' },
      at: Date.now(),
      afterUsdMicros: 35_000_000,
      evidence: { from: 'checkout-status', sessionId: 'cs_1' },
    })
    find('form').dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
    await vi.waitFor(() => expect(popup()).toContain('Credits added'))
    expect(asked).not.toContain('POST /customers/credit')
  })
})

describe('an order whose answer was lost, sent again and refused', () => {
  const refusals = ['unauthorized', 'rate-limited', 'forbidden', 'conflict', 'invalid'] as const

  it.each(refusals)('for %s, stays undecided: the first may have been made', async (code) => {
    vi.useFakeTimers()
    const answers: ApiErrorCode[] = ['timeout', code]
    const billingAccount = {
      base: 'https://api.invalid',
      checkout: () => Promise.reject(new ApiError(answers.shift() ?? 'server', '')),
    } as unknown as BillingAccount
    const world: CheckoutContext = {
      billingAccount,
      returnUrl: null,
      features: new Set(['idempotency'] as const),
      spentSince: () => null,
      clockOffset: () => null,
    }
    const sent = sendCheckout(world, newPurchase('a1'))
    await vi.runAllTimersAsync()
    vi.useRealTimers()
    expect(await sent).toEqual({ type: 'lost', code: 'timeout' })
    expect(answers).toEqual([])
  })

  it('can be ended by a word on the purchase itself', () => {
    expect(isVerdict('card-declined')).toBe(true)
    expect(isVerdict('charge-refused')).toBe(false)
  })

  it('by the person, is not said to be refused either', async () => {
    vi.spyOn(window, 'open').mockReturnValue(null)
    keepPurchase(localStorage, 'token:person', {
      step: 'undecided',
      code: 'timeout',
      purchase: newPurchase('a1'),
      at: Date.now(),
    })
    let posts = 0
    open({
      answers: (usual) => ({
        ...usual,
        purchase: () => {
          posts += 1
          return HttpResponse.json({}, { status: 429 })
        },
      }),
    })
    await vi.waitFor(() => button('Show').click())
    await vi.waitFor(() => button('Try again').click())
    await vi.waitFor(() => expect(posts).toBe(1))
    await vi.waitFor(() => button('Try again'))
    expect(popup()).toContain('No answer to your payment')
  })
})
