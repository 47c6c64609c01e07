import type { BrowserContext, FrameLocator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  balance,
  creditsPanel,
  logInDirectly,
  logOut,
  openComfy,
  openCredits,
  openPanel,
} from '../support/pages/comfy.ts'
import { eventually } from './support/eventually.ts'
import { expectFits } from '../support/pages/looks.ts'
import { choose, closePopup, popup } from '../support/pages/purchase.ts'
import { hostVersion, openWorld, watchErrors, type World } from './support/world.ts'

const credits = (page: Page) => balance(page).getAttribute('data-credits')

/** Stripe's form, inside our page for it, inside the popup. */
const form = (page: Page): FrameLocator =>
  popup(page).frameLocator('iframe').frameLocator('iframe[name="embedded-checkout"]')

const payButton = (page: Page) => form(page).getByRole('button', { name: /^Pay/ })

/** From the open panel to Stripe's form in the popup. */
async function buyInside(page: Page, preset: string): Promise<void> {
  await choose(page, preset)
  await popup(page).getByRole('button', { name: 'Buy', exact: true }).click()
  await payButton(page).waitFor()
}

async function toPage(page: Page): Promise<Page> {
  const [payment] = await Promise.all([
    page.context().waitForEvent('page'),
    popup(page).getByRole('button', { name: 'Pay on Stripe’s page instead' }).click(),
  ])
  await payment.getByRole('button', { name: /^Pay/ }).waitFor()
  return payment
}

/**
 * In order: each test continues with the balance that the previous one left. Not for plain
 * http: where the page is no secure context nothing of this is offered, and
 * scripts/test/end-to-end.ts leaves it out.
 */
describe(`paying inside ComfyUI ${hostVersion}`, () => {
  let world: World
  let person: BrowserContext
  let page: Page
  let errors: string[]

  beforeAll(async () => {
    world = await openWorld({ embedded: true })
    person = await world.newPerson()
    page = await person.newPage()
    errors = watchErrors(page)
    await openPanel(page, world.sandbox.urls.comfyui, 'team@example.com')
  })
  afterEach(async () => {
    for (const tab of person.pages()) if (tab !== page) await tab.close()
    await closePopup(page)
  })
  afterAll(async () => {
    await person.close()
    await world.close()
  })

  it('is credited without a tab, a reload, or anything of Stripe’s in ComfyUI’s own page', async () => {
    await eventually(() => credits(page), '0')
    await buyInside(page, '$50')
    expect(person.pages()).toHaveLength(1)
    // The keyboard goes on in the form.
    await eventually(() => page.evaluate(() => document.activeElement?.tagName), 'IFRAME')
    await expectFits(page, 'the form')
    await payButton(page).click()
    await popup(page).getByText('Your balance went from 0 to 10,550 credits.').waitFor()
    await eventually(() => credits(page), '10550')
    const left = await page.evaluate(() => ({
      script: document.querySelectorAll('script[src*="stripe"]').length,
      frames: document.querySelectorAll('iframe').length,
      global: 'Stripe' in window,
    }))
    expect(left).toEqual({ script: 0, frames: 0, global: false })
    expect(errors).toEqual([])
  })

  it('takes another card when one was declined', async () => {
    await buyInside(page, '$10')
    await form(page).getByLabel('Card number').fill('4000 0000 0000 0002')
    await payButton(page).click()
    await form(page).getByText('Your card was declined.').waitFor()
    await form(page).getByLabel('Card number').fill('4242 4242 4242 4242')
    await payButton(page).click()
    await eventually(() => credits(page), '12660')
  })

  it('is a payment page when Stripe.js is blocked, and one purchase', async () => {
    // Before the page's own service worker sees it, as an ad blocker does.
    await person.route('https://js.stripe.com/**', (route) => route.abort())
    await page.evaluate(async () => {
      for (const each of await navigator.serviceWorker.getRegistrations()) await each.unregister()
    })
    await choose(page, '$10')
    await popup(page).getByRole('button', { name: 'Buy', exact: true }).click()
    await popup(page).getByText('Stripe’s form could not be loaded').waitFor()
    await eventually(
      () => popup(page).evaluate((dialog) => dialog.contains(document.activeElement)),
      true,
    )
    await expectFits(page, 'the way to the payment page')
    const payment = await toPage(page)
    await payment.getByRole('button', { name: /^Pay/ }).click()
    await popup(page).getByText('Your balance went from 12,660 to 14,770 credits.').waitFor()
    await eventually(() => credits(page), '14770')
    await person.unroute('https://js.stripe.com/**')
  })

  it('goes on after a reload, and is paid at one place only', async () => {
    await page.reload()
    await openComfy(page, world.sandbox.urls.comfyui)
    await openCredits(page)
    await buyInside(page, '$10')
    await page.reload()
    await openComfy(page, world.sandbox.urls.comfyui)
    await openCredits(page)
    await creditsPanel(page).getByRole('button', { name: 'Show' }).first().click()
    await payButton(page).waitFor()
    const src = await popup(page)
      .frameLocator('iframe')
      .locator('iframe[name="embedded-checkout"]')
      .getAttribute('src')
    const payment = await toPage(page)
    // Who still has the form open can pay there no more.
    const old = await person.newPage()
    await old.goto(src ?? '')
    await old.getByText('This payment page has expired').waitFor()
    await payment.getByRole('button', { name: /^Pay/ }).click()
    await eventually(() => credits(page), '16880')
  })

  it('ends with the login, and is there again with it', async () => {
    await buyInside(page, '$25')
    await logOut(page)
    await eventually(() => page.locator('iframe').count(), 0)
    await logInDirectly(page, 'team@example.com')
    await openCredits(page)
    await creditsPanel(page).getByRole('button', { name: 'Show' }).first().click()
    await payButton(page).click()
    await eventually(() => credits(page), '22155')
  })
})
