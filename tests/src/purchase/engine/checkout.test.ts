import { HttpResponse } from 'msw'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import { putOnDisk } from '../../../../src/purchase/engine/purchase-database.ts'
import { readPurchases, storePurchase } from '../../../../src/purchase/engine/purchase-storage.ts'
import type { Progress } from '../../../../src/purchase/engine/flow.ts'
import {
  isVerdict,
  sendCheckout,
  type CheckoutContext,
} from '../../../../src/purchase/engine/checkout-client.ts'
import { ApiError, type ApiErrorCode } from '../../../../src/api/port.ts'
import type { BillingAccount } from '../../../../src/billing-account/port.ts'
import { PURCHASES_DATABASE } from '../../../../src/storage/stored-data.ts'
import { inOneTab } from '../../../../src/storage/tab-lock.ts'
import { button, find, panelTests } from '../../support/panel.ts'
import { newPurchase } from '../../support/purchase.ts'

/** What random runs of a model of the whole once found, each as small as it gets. */

const open = panelTests()
afterEach(() => vi.restoreAllMocks())
beforeAll(() => import('../../../../src/purchase/BuyDialog.vue'))

const popup = () => find('dialog').textContent

/** As the other tab writes it down. */
function tellOther(progress: Progress): void {
  storePurchase(localStorage, 'token:person', progress)
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
    storePurchase(localStorage, 'token:person', {
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

/** Each process of a browser has a copy of localStorage that may be behind; the disk never is. */
describe('a tab whose localStorage is behind', () => {
  const waiting: Progress = {
    step: 'awaiting',
    purchase: { ...newPurchase('b1'), checkoutUrl: 'https://checkout.stripe.com/c/pay/cs_1' },
    at: Date.now(),
  }
  const reachDisk = (progress: Progress): Promise<void> =>
    putOnDisk(PURCHASES_DATABASE, { place: 'token:person', attempt: 'b1' }, () =>
      JSON.stringify(progress),
    )

  it('does not call an order lost that another tab has got an answer to', async () => {
    open()
    await vi.waitFor(() => button('Buy credits').click())
    await vi.waitFor(() => expect(button('Buy').disabled).toBe(false))
    await reachDisk(waiting)
    tellOther({ step: 'creating', purchase: newPurchase('b1'), at: waiting.at - 1 })
    // By then it has looked for orphans.
    await nextTick()
    await inOneTab('order:token:person', () => Promise.resolve(), {
      signal: new AbortController().signal,
    })
    expect(readPurchases(localStorage, 'token:person')).toMatchObject([{ step: 'creating' }])
    expect(popup()).not.toContain('No answer to your payment')
  })

  it('does not buy what another tab has just bought', async () => {
    vi.spyOn(window, 'open').mockReturnValue(null)
    const { asked } = open()
    await vi.waitFor(() => button('Buy credits').click())
    await vi.waitFor(() => expect(button('Buy').disabled).toBe(false))
    await reachDisk(waiting)
    find('form').dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
    await vi.waitFor(() => expect(popup()).toContain('Waiting for your payment'))
    expect(asked).not.toContain('POST /customers/credit')
  })

  it('gives its turn to the next tab when that can read what became of the order', async () => {
    vi.spyOn(window, 'open').mockReturnValue(null)
    let release = (): void => {}
    open({
      answers: (usual) => ({
        ...usual,
        purchase: async (question) => {
          release = await holdDisk()
          return usual.purchase(question)
        },
      }),
    })
    await vi.waitFor(() => button('Buy credits').click())
    await vi.waitFor(() => expect(button('Buy').disabled).toBe(false))
    find('form').dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
    await vi.waitFor(() => expect(popup()).toContain('The payment tab did not open'))
    const turn = 'comfyui-credits:turn:order:token:person'
    expect(localStorage.getItem(turn)).not.toBeNull()
    release()
    await vi.waitFor(() => expect(localStorage.getItem(turn)).toBeNull())
  })

  /** Nothing else is read or written there until it is released. */
  function holdDisk(): Promise<() => void> {
    return new Promise((holding) => {
      const opening = indexedDB.open(PURCHASES_DATABASE)
      opening.addEventListener('success', () => {
        const store = opening.result.transaction('purchases', 'readwrite').objectStore('purchases')
        let held = true
        const goOn = (): void => {
          if (held) store.count().addEventListener('success', goOn)
        }
        goOn()
        holding(() => {
          held = false
          opening.result.close()
        })
      })
    })
  }
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
    storePurchase(localStorage, 'token:person', {
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
