import { afterEach, describe, expect, it, vi } from 'vitest'
import { PanelAccount } from '../../../../sandbox/panel/account.ts'
import type { Progress } from '../../../../src/purchase/engine/flow.ts'
import { putOnDisk, readFromDisk } from '../../../../src/purchase/engine/purchase-database.ts'
import { storePurchase, readPurchases } from '../../../../src/purchase/engine/purchase-storage.ts'
import { deleteStoredData, PURCHASES_DATABASE } from '../../../../src/storage/stored-data.ts'
import { button, panelTests } from '../../support/panel.ts'
import { newPurchase } from '../../support/purchase.ts'

const HOUR = 60 * 60_000
const PLACE = 'token:person'

const open = panelTests()
afterEach(() => vi.restoreAllMocks())

const put = (attempt: string, text: string, place = PLACE) =>
  putOnDisk(PURCHASES_DATABASE, { place, attempt }, () => text)
const texts = (place = PLACE, isOld = (_text: string) => false) =>
  readFromDisk(PURCHASES_DATABASE, place, isOld)

describe('what is on the disk', () => {
  it('is there for its place and no other', async () => {
    await put('a1', 'one')
    await put('a2', 'two', `${PLACE}:w1`)
    expect(await texts()).toEqual(['one'])
    expect(await texts(`${PLACE}:w1`)).toEqual(['two'])
  })

  it('is made again from what is there', async () => {
    const add = (text: string) =>
      putOnDisk(PURCHASES_DATABASE, { place: PLACE, attempt: 'a1' }, (before) => before + text)
    await Promise.all(['a', 'b', 'c'].map(add))
    expect(await texts()).toEqual(['nullabc'])
  })

  it('is forgotten when it is old', async () => {
    await put('a1', 'old')
    await put('a2', 'new')
    expect(await texts(PLACE, (text) => text === 'old')).toEqual(['new'])
    expect(await texts()).toEqual(['new'])
  })

  it('is deleted with all that is stored', async () => {
    await put('a1', 'one')
    await deleteStoredData()
    expect(await indexedDB.databases()).toEqual([])
  })

  it.each([
    ['has no databases', undefined],
    [
      'forbids them',
      {
        open: () => {
          throw new DOMException('forbidden', 'SecurityError')
        },
      },
    ],
    [
      'throws an error of its own',
      {
        open: () => {
          throw new Error('NS_ERROR_FILE_CORRUPTED')
        },
      },
    ],
  ])('is nothing where the browser %s', async (_what, factory) => {
    vi.spyOn(window, 'indexedDB', 'get').mockReturnValue(factory as unknown as IDBFactory)
    await put('a1', 'one')
    expect(await texts()).toEqual([])
  })
})

describe('a database that a newer version has changed', () => {
  it('is left as it is, and never waited for', async () => {
    const opening = indexedDB.open(PURCHASES_DATABASE, 7)
    opening.addEventListener('upgradeneeded', () => opening.result.createObjectStore('others'))
    await new Promise((resolve) => {
      opening.addEventListener('success', resolve)
    })
    opening.result.close()
    await put('a1', 'one')
    expect(await texts()).toEqual([])
    expect(await indexedDB.databases()).toEqual([{ name: PURCHASES_DATABASE, version: 7 }])
  })
})

describe('a purchase of a browser that was killed before it wrote localStorage', () => {
  const panelText = () => document.body.textContent
  const waiting = (at = Date.now()): Progress => ({
    step: 'awaiting',
    at,
    purchase: {
      ...newPurchase('a1'),
      checkoutUrl: 'https://checkout.stripe.com/c/pay/cs_test_panel_1',
      sessionId: 'cs_test_panel_1',
    },
  })
  const putProgress = (progress: Progress) =>
    put(progress.purchase.attempt, JSON.stringify(progress))

  it('goes on, and is said how it ended', async () => {
    const account = new PanelAccount(10)
    account.open(25_000_000)
    account.pay('cs_test_panel_1')
    await putProgress(waiting())
    open({ tab: 'overview', of: account })
    await vi.waitFor(() => expect(panelText()).toContain('Your balance went from 2,110 to'))
    expect(readPurchases(localStorage, PLACE)).toMatchObject([{ step: 'credited' }])
    await vi.waitFor(async () =>
      expect(await texts()).toEqual([expect.stringContaining('credited')]),
    )
  })

  it('is as far as it had come, where localStorage has but its beginning', async () => {
    const progress = waiting()
    await putProgress(progress)
    storePurchase(localStorage, PLACE, {
      step: 'creating',
      at: progress.at - 1000,
      purchase: newPurchase('a1'),
    })
    open({ tab: 'overview' })
    await vi.waitFor(() => expect(panelText()).toContain('Waiting for a payment of $25.00'))
    button('Show').click()
    await vi.waitFor(() => expect(panelText()).toContain('Waiting for your payment'))
    expect(panelText()).not.toContain('No answer to your payment')
  })

  it('of which localStorage knows more stays as it is there', async () => {
    const progress = waiting()
    await putProgress(progress)
    storePurchase(localStorage, PLACE, { ...progress, step: 'expired', at: progress.at + 1000 })
    open({ tab: 'overview' })
    await vi.waitFor(() => expect(panelText()).toContain('The payment page has expired'))
    await new Promise((resolve) => {
      setTimeout(resolve, 100)
    })
    expect(panelText()).not.toContain('Waiting for a payment')
  })

  it('is not listed for ever: a day after its end it is no more on the disk', async () => {
    await putProgress({ ...waiting(Date.now() - 25 * HOUR), step: 'expired' })
    await put(
      'a2',
      JSON.stringify({ ...waiting(Date.now() - 25 * HOUR), purchase: newPurchase('a2') }),
    )
    open({ tab: 'overview' })
    await vi.waitFor(async () => expect(await texts()).toEqual([expect.stringContaining('a2')]))
  })

  it('that somebody has put there is none', async () => {
    await put('a1', '{"step":"credited"}')
    await put('a2', 'no JSON')
    open({ tab: 'overview' })
    await vi.waitFor(() => expect(panelText()).toContain('2,110'))
    expect(panelText()).not.toContain('Payments')
  })
})
