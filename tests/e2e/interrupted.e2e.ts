import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openBooks, reconcile, trouble, type Books } from './support/books.ts'
import { killBrowser } from './support/browser-kill.ts'
import {
  balance,
  closeSettings,
  creditsPanel,
  openComfy,
  openCredits,
  openPanel,
} from '../support/pages/comfy.ts'
import { eventually } from './support/eventually.ts'
import { buy, closePopup, popup } from '../support/pages/purchase.ts'
import { hostVersion, openWorld, type World } from './support/world.ts'

/** Two starts of a browser, and three of ComfyUI in it. */
const BROWSER_TEST_MS = 120_000

/** Time enough, on a slow machine too, to see that it is not there yet, or to kill a browser. */
const CREDIT_AFTER_MS = 10_000

const USER = 'user@example.com'
const TEAM = 'team@example.com'

const credits = (page: Page) => balance(page).getAttribute('data-credits')
const payButton = (payment: Page) => payment.getByRole('button', { name: /^Pay/ })

async function openIn(person: BrowserContext, world: World, email: string): Promise<Page> {
  const page = await person.newPage()
  await openPanel(page, world.sandbox.urls.comfyui, email)
  return page
}

/** Back to the panel as it is between two purchases: no other tab, no popup. */
async function leave(page: Page): Promise<void> {
  for (const tab of page.context().pages()) if (tab !== page) await tab.close()
  await closePopup(page)
}

/** Pays, and never hears the answer: the browser has no time to go on. */
async function payWithoutReturn(payment: Page): Promise<void> {
  const paid = new Promise<void>((resolve) => {
    void payment.route('**/c/pay/*', async (route) => {
      await route.fetch({ maxRedirects: 0 })
      resolve()
    })
  })
  await payButton(payment).click({ noWaitAfter: true })
  await paid
}

/** In the popup, where the last purchase has ended without a payment. */
async function startOver(page: Page, preset: string): Promise<Page> {
  await popup(page).getByRole('button', { name: 'Start over' }).click()
  await popup(page).getByRole('button', { name: preset, exact: true }).click()
  const [payment] = await Promise.all([
    page.context().waitForEvent('page'),
    popup(page).getByRole('button', { name: 'Buy', exact: true }).click(),
  ])
  await payButton(payment).waitFor()
  return payment
}

interface Kill {
  readonly world: World
  readonly books: Books
  readonly before: string
  readonly after: string
}

/** The payment provider must have been told to let the credit come some seconds later. */
async function expectToOutliveTheBrowser({ world, books, before, after }: Kill): Promise<void> {
  const first = await world.startBrowser('killed')
  // Chromium writes localStorage when its last tab goes, and then not again for a minute: what the
  // next tab keeps there is lost with the browser.
  await (await openIn(first, world, USER)).close()
  const page = await first.newPage()
  await openComfy(page, world.sandbox.urls.comfyui)
  await openCredits(page)
  await eventually(() => credits(page), before.replace(',', ''))
  const payment = await buy(page, '$25')
  await payWithoutReturn(payment)
  await killBrowser(first)
  await eventually(() => books.added(), { paid: [2500], unpaid: [], credited: [2500] })

  const second = await world.startBrowser('killed')
  const back = await second.newPage()
  await openComfy(back, world.sandbox.urls.comfyui)
  const told = `Your balance went from ${before} to ${after} credits.`
  // By the host's toast: nobody has opened the panel yet.
  await back.getByText(told).first().waitFor()
  expect(await creditsPanel(back).count()).toBe(0)
  await openCredits(back)
  await creditsPanel(back).getByText(told).waitFor()
  await eventually(() => credits(back), after.replace(',', ''))
  const payments = creditsPanel(back).getByRole('region', { name: 'Payments' })
  await payments.locator('[data-step="credited"]', { hasText: '$25.00' }).waitFor()
  await second.close()
}

/** Told in order, each time: a test goes on with the balance that the last one left. */
describe(`an interrupted purchase on ComfyUI ${hostVersion}, extended contract`, () => {
  let world: World
  let person: BrowserContext
  let page: Page

  beforeAll(async () => {
    world = await openWorld({ keysOf: [USER] })
    person = await world.newPerson()
    page = await openIn(person, world, USER)
  })
  afterEach(() => leave(page))
  afterAll(() => world.close())

  /** By the phone alone: the page that shows the code is closed before it is answered. */
  async function payByPhone(payment: Page): Promise<void> {
    await payment.getByRole('radio', { name: 'Alipay' }).check()
    await payment.getByRole('button', { name: 'Generate QR Code' }).click()
    const code = await payment.getByRole('link', { name: /^No phone/ }).getAttribute('href')
    const address = new URL(code ?? '', payment.url()).href
    await payment.close()
    const phone = await world.newPerson()
    const wallet = await phone.newPage()
    await wallet.goto(address)
    await wallet.getByRole('button', { name: 'Confirm payment' }).click()
    await wallet.getByText('Payment confirmed').waitFor()
    await phone.close()
  }

  it('by QR code lands though only the phone was left', { tags: 'pay-qr' }, async () => {
    await eventually(() => credits(page), '2110')
    const books = await openBooks(world, USER)
    await trouble(world, { settle_later_next: 1, settle_after_ms: CREDIT_AFTER_MS })
    await payByPhone(await buy(page, '$10'))
    await popup(page).getByText('Payment received').waitFor()
    await popup(page).getByText('Waiting for the credits to arrive.').waitFor()
    expect(await credits(page)).toBe('2110')
    // Nothing to do but to wait: it is paid.
    expect(await popup(page).getByRole('link').count()).toBe(0)
    await popup(page).getByText('Your balance went from 2,110 to 4,220 credits.').waitFor()
    await eventually(() => credits(page), '4220')
    expect(await books.added()).toEqual({ paid: [1000], unpaid: [], credited: [1000] })
  })

  it('that the wallet refuses later has charged nothing', { tags: 'pay-qr' }, async () => {
    const books = await openBooks(world, USER)
    await trouble(world, { settle_later_next: 1, settle_after_ms: 3000, settle_as: 'failed' })
    await payByPhone(await buy(page, '$10'))
    await popup(page).getByText('The payment failed').waitFor()
    await popup(page).getByText('so nothing was charged').waitFor()
    await popup(page).getByRole('button', { name: 'Start over' }).click()
    await popup(page).getByRole('button', { name: 'Buy', exact: true }).waitFor()
    expect(await credits(page)).toBe('4220')
    expect(await books.added()).toEqual({ paid: [], unpaid: [1000], credited: [] })
  })

  it('whose page has expired is begun anew', { tags: 'pay-expired' }, async () => {
    const books = await openBooks(world, USER)
    const payment = await buy(page, '$10')
    await books.expireOpenSession()
    await popup(page).getByText('The payment page has expired').waitFor()
    await popup(page).getByText('Nothing was charged. Start over').waitFor()
    expect(await popup(page).getByRole('link').count()).toBe(0)
    await payButton(payment).click()
    await payment.getByText('This payment page has expired').waitFor()
    expect(await books.added()).toEqual({ paid: [], unpaid: [1000], credited: [] })
    await payButton(await startOver(page, '$10')).click()
    await popup(page).getByText('Your balance went from 4,220 to 6,330 credits.').waitFor()
    expect(await books.added()).toEqual({ paid: [1000], unpaid: [1000], credited: [1000] })
  })

  it(
    'paid while the service is dead, its webhook lost, is healed when that is back',
    { tags: 'pay-service-killed' },
    async () => {
      const books = await openBooks(world, USER)
      const payment = await buy(page, '$10')
      await trouble(world, { webhook_lose_next: 1 })
      await world.sandbox.credits.kill()
      await payButton(payment).click()
      await popup(page).getByText('The credits service cannot be reached.').waitFor()
      await popup(page).getByText('If you have paid, nothing is lost by this.').waitFor()
      await world.sandbox.credits.restart()
      await popup(page).getByText('Your balance went from 6,330 to 8,440 credits.').waitFor()
      await eventually(() => credits(page), '8440')
      expect(await books.added()).toEqual({ paid: [1000], unpaid: [], credited: [1000] })
    },
  )

  it(
    'goes on after the browser was killed',
    { tags: 'pay-browser-killed', timeout: BROWSER_TEST_MS },
    async () => {
      const books = await openBooks(world, USER)
      await trouble(world, {
        settle_later_next: 1,
        settle_after_ms: CREDIT_AFTER_MS,
        settle_as: 'succeeded',
      })
      await expectToOutliveTheBrowser({ world, books, before: '8,440', after: '13,715' })
    },
  )

  it('has left nothing that differs from the payment provider’s books', async () => {
    const { compared, differences } = await reconcile(world)
    expect(compared).toBeGreaterThan(0)
    expect(differences).toEqual([])
  })
})

/**
 * As with Comfy's own API, whose reconciling nobody knows of: credit comes by webhooks alone, and
 * the panel learns of it from the account's events. Told in order.
 */
describe(`an interrupted purchase on ComfyUI ${hostVersion}, plain contract`, () => {
  const WEBHOOK_DELAY_MS = 90_000
  const STILL_WAITING = 'Waiting for a payment of $50.00'
  let world: World
  let person: BrowserContext
  let page: Page
  let patient: Page
  let patientsBooks: Books
  let paidAt: number

  beforeAll(async () => {
    world = await openWorld({ contract: 'plain', reconcileSeconds: 0, keysOf: [USER, TEAM] })
    patient = await openIn(await world.newPerson(), world, TEAM)
    patientsBooks = await openBooks(world, TEAM)
    person = await world.newPerson()
    page = await openIn(person, world, USER)
  })
  afterEach(() => leave(page))
  afterAll(() => world.close())

  it('whose webhook is late is waited for, wherever one looks', { tags: 'pay-late' }, async () => {
    await eventually(() => credits(patient), '0')
    await trouble(world, { webhook_delay_ms: WEBHOOK_DELAY_MS })
    const payment = await buy(patient, '$50')
    await payButton(payment).click()
    await payment.getByText('Your payment was taken.').waitFor()
    paidAt = Date.now()
    await trouble(world, { webhook_delay_ms: 0 })
    await payment.close()

    await popup(patient).getByText('Already paid? Then nothing is left to do').waitFor()
    await popup(patient)
      .getByText(/^Looking again in \d+ s$/)
      .waitFor()
    await closePopup(patient)
    await creditsPanel(patient).getByText(STILL_WAITING).waitFor()
    await closeSettings(patient)
    await openComfy(patient, world.sandbox.urls.comfyui)
    await openCredits(patient)
    await creditsPanel(patient).getByText(STILL_WAITING).waitFor()
    expect(await credits(patient)).toBe('0')

    // Who would pay a second time is told of the first.
    await patient.getByRole('button', { name: 'Buy credits' }).click()
    await popup(patient).getByText('There is an unfinished payment of $50.00.').waitFor()
    await closePopup(patient)
    await creditsPanel(patient).getByRole('button', { name: 'Show' }).first().click()
    await popup(patient).getByText('Waiting for your payment').waitFor()
  })

  it(
    'whose service is killed between payment and grant lands when that is back',
    { tags: 'pay-service-killed' },
    async () => {
      await eventually(() => credits(page), '2110')
      const books = await openBooks(world, USER)
      await trouble(world, { webhook_delay_ms: 3000 })
      const payment = await buy(page, '$10')
      await payButton(payment).click()
      await payment.getByText('Your payment was taken.').waitFor()
      await world.sandbox.credits.kill()
      await trouble(world, { webhook_delay_ms: 0 })
      await popup(page).getByText('The credits service cannot be reached.').waitFor()
      await popup(page).getByText('If you have paid, nothing is lost by this.').waitFor()
      await closePopup(page)
      await creditsPanel(page).getByText('Waiting for a payment of $10.00').waitFor()
      await creditsPanel(page).getByText('If you have paid, nothing is lost by this.').waitFor()
      await creditsPanel(page).getByRole('button', { name: 'Refresh balance' }).click()
      await creditsPanel(page).getByText('The credits service cannot be reached.').waitFor()
      expect(await credits(page)).toBe('2110')

      await world.sandbox.credits.restart()
      const told = creditsPanel(page).getByText('Your balance went from 2,110 to 4,220 credits.')
      await told.waitFor({ timeout: 45_000 })
      await eventually(() => credits(page), '4220')
      expect(await creditsPanel(page).getByText('cannot be reached').count()).toBe(0)
      expect(await books.added()).toEqual({ paid: [1000], unpaid: [], credited: [1000] })
      await creditsPanel(page).getByRole('button', { name: 'Done' }).click()
    },
  )

  it('whose page has expired is put away and begun anew', { tags: 'pay-expired' }, async () => {
    const books = await openBooks(world, USER)
    const payment = await buy(page, '$10')
    await books.expireOpenSession()
    await payButton(payment).click()
    // Only this page can know: the contract has no word for it.
    await payment.getByText('This payment page has expired').waitFor()
    await payment.getByText('Nothing was charged.').waitFor()
    await popup(page).getByRole('button', { name: 'Stop waiting' }).click()
    await popup(page).getByText('You stopped waiting').waitFor()
    await payButton(await startOver(page, '$10')).click()
    await popup(page).getByText('Your balance went from 4,220 to 6,330 credits.').waitFor()
    expect(await books.added()).toEqual({ paid: [1000], unpaid: [1000], credited: [1000] })
  })

  it(
    'goes on after the browser was killed',
    { tags: 'pay-browser-killed', timeout: BROWSER_TEST_MS },
    async () => {
      const books = await openBooks(world, USER)
      await trouble(world, { webhook_delay_ms: CREDIT_AFTER_MS })
      await expectToOutliveTheBrowser({ world, books, before: '6,330', after: '11,605' })
      await trouble(world, { webhook_delay_ms: 0 })
    },
  )

  it(
    'whose webhook comes at last is credited without a click',
    { tags: 'pay-late', timeout: WEBHOOK_DELAY_MS + 30_000 },
    async () => {
      expect(await patientsBooks.added()).toEqual({ paid: [5000], unpaid: [], credited: [] })
      expect(await credits(patient)).toBe('0')
      const told = popup(patient).getByText('Your balance went from 0 to 10,550 credits.')
      await told.waitFor({ timeout: WEBHOOK_DELAY_MS })
      expect(Date.now() - paidAt).toBeGreaterThan(WEBHOOK_DELAY_MS - 5000)
      await eventually(() => credits(patient), '10550')
      expect(await patientsBooks.added()).toEqual({ paid: [5000], unpaid: [], credited: [5000] })
    },
  )

  it('has left nothing that differs from the payment provider’s books', async () => {
    const { compared, differences } = await reconcile(world)
    expect(compared).toBeGreaterThan(0)
    expect(differences).toEqual([])
  })
})
