import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openPaymentRecords, reconcile, type PaymentRecords } from './support/payment-records.ts'
import {
  balance,
  closeSettings,
  creditsPanel,
  logInDirectly,
  logOut,
  openComfy,
  openCredits,
} from '../support/pages/comfy.ts'
import { eventually } from './support/eventually.ts'
import { signUp, type NewUser } from './support/new-user.ts'
import { buy, choose, closePopup, popup } from '../support/pages/purchase.ts'
import { hostVersion, openWorld, type World } from './support/world.ts'

const credits = (page: Page) => balance(page).getAttribute('data-credits')

/** What is shown once so much was bought by somebody who had nothing. */
const wentTo = (bought: string) => `Your balance went from 0 to ${bought} credits.`

describe.each(['extended', 'plain'] as const)(
  `a purchase on ComfyUI ${hostVersion}, %s contract`,
  (contract) => {
    let world: World
    beforeAll(async () => {
      world = await openWorld({ contract })
    })
    afterAll(() => world.close())

    describe('by somebody new', () => {
      let person: BrowserContext
      let page: Page
      let user: NewUser
      let records: PaymentRecords

      beforeAll(async () => {
        person = await world.newPerson()
        page = await person.newPage()
        await openComfy(page, world.sandbox.urls.comfyui)
      })
      beforeEach(async () => {
        user = await signUp(world)
        records = await openPaymentRecords(world, user)
        await logInDirectly(page, user.email)
        await openCredits(page)
        await eventually(() => credits(page), '0')
      })
      afterEach(async () => {
        for (const tab of person.pages()) if (tab !== page) await tab.close()
        await closePopup(page)
        await logOut(page)
      })
      afterAll(() => person.close())

      /** By one payment, which is all that the payment provider knows of. */
      async function expectBoughtOnce(cents: number): Promise<void> {
        await eventually(() => records.added(), { paid: [cents], unpaid: [], credited: [cents] })
      }

      it(
        'lands without a reload, whether or not the payment page comes back to us',
        { tags: 'pay-card' },
        async () => {
          const payment = await buy(page, '$50')
          await payment.getByRole('button', { name: /^Pay/ }).click()
          await popup(page).getByText(wentTo('10,550')).waitFor()
          await eventually(() => credits(page), '10550')
          await expectBoughtOnce(5000)
        },
      )

      it(
        'that was declined is paid by another card on the same page',
        { tags: 'pay-declined' },
        async () => {
          const payment = await buy(page, '$10')
          await payment.getByLabel('Card number').fill('4000 0000 0000 0002')
          await payment.getByRole('button', { name: /^Pay/ }).click()
          await payment.getByRole('alert').waitFor()
          await payment.getByLabel('Card number').fill('4242 4242 4242 4242')
          await payment.getByRole('button', { name: /^Pay/ }).click()
          await popup(page).getByText(wentTo('2,110')).waitFor()
          await eventually(() => credits(page), '2110')
          await expectBoughtOnce(1000)
        },
      )

      it('whose tab the browser blocks is paid by the link', { tags: 'pay-blocked' }, async () => {
        await page.evaluate(() => {
          const open = window.open.bind(window)
          window.open = () => {
            window.open = open
            return null
          }
        })
        await choose(page, '$10')
        await popup(page).getByRole('button', { name: 'Buy', exact: true }).click()
        const [payment] = await Promise.all([
          person.waitForEvent('page'),
          popup(page)
            .getByRole('link', { name: /^Open payment page/ })
            .click(),
        ])
        await payment.getByRole('button', { name: /^Pay/ }).click()
        await popup(page).getByText(wentTo('2,110')).waitFor()
        await eventually(() => credits(page), '2110')
        await expectBoughtOnce(1000)
      })

      it('goes on while the panel is closed', async () => {
        const payment = await buy(page, '$10')
        await page.keyboard.press('Escape')
        await popup(page).waitFor({ state: 'hidden' })
        await closeSettings(page)
        await payment.getByRole('button', { name: /^Pay/ }).click()
        await page.getByText(/2,110/).first().waitFor()
        await openCredits(page)
        await eventually(() => credits(page), '2110')
        // Said until it is put away.
        await creditsPanel(page).getByText(wentTo('2,110')).waitFor()
        await creditsPanel(page).getByRole('button', { name: 'Done' }).click()
        await expectBoughtOnce(1000)
      })

      it('that was left by Back charges nothing, and its page can be opened again', async () => {
        const payment = await buy(page, '$10')
        await payment.getByRole('link', { name: /back/i }).click()
        // The plain contract has no way back into ComfyUI, so there nobody can say that it was left.
        if (contract === 'extended') await popup(page).getByText('Payment cancelled').waitFor()
        else
          await payment
            .getByText(/cancelled/i)
            .first()
            .waitFor()
        await popup(page)
          .getByRole('link', {
            name: contract === 'extended' ? 'Back to payment' : /^Open payment page again/,
          })
          .waitFor()
        await popup(page)
          .locator('.cc-buy-links')
          .getByRole('button', { name: contract === 'extended' ? 'Close' : 'Cancel' })
          .click()
        if (contract === 'plain') await popup(page).getByText('You stopped waiting').waitFor()
        expect(await credits(page)).toBe('0')
        expect(await records.added()).toEqual({ paid: [], unpaid: [1000], credited: [] })
      })

      it(
        'is one purchase in two tabs, and both say how it ended',
        { tags: 'pay-two-tabs' },
        async () => {
          const other = await person.newPage()
          await openComfy(other, world.sandbox.urls.comfyui)
          await openCredits(other)
          await other.getByRole('button', { name: 'Buy credits' }).click()
          await page.bringToFront()
          // Up to 1.45 the host logs a tab out and in when another one is opened.
          await openCredits(page)
          const payment = await buy(page, '$25')
          // Shown in place of the other tab's form, where Buy would be a second purchase.
          await popup(other).getByText('Waiting for your payment').waitFor()
          await payment.getByRole('button', { name: /^Pay/ }).click()
          for (const tab of [page, other]) {
            await popup(tab).getByText(wentTo('5,275')).waitFor()
            await eventually(() => credits(tab), '5275')
          }
          await expectBoughtOnce(2500)
        },
      )

      it('that was paid while ComfyUI was gone is reported when it is back', async () => {
        const payment = await buy(page, '$25')
        await page.close()
        await payment.getByRole('button', { name: /^Pay/ }).click()
        page = await person.newPage()
        await openComfy(page, world.sandbox.urls.comfyui)
        // Nobody has opened the panel yet.
        await page.getByText(wentTo('5,275')).first().waitFor()
        await openCredits(page, 'Overview')
        await eventually(() => credits(page), '5275')
        const payments = creditsPanel(page).getByRole('region', { name: 'Payments' })
        await payments.getByText('$25.00').first().waitFor()
        await expectBoughtOnce(2500)
      })

      it(
        'is not shown to another person, and goes on when its own is back',
        { tags: 'pay-switch-user' },
        async () => {
          const payment = await buy(page, '$25')
          await closePopup(page)
          await logOut(page)
          await creditsPanel(page).waitFor({ state: 'detached' })
          await logInDirectly(page, 'user@example.com')
          await openCredits(page, 'Overview')
          await eventually(() => credits(page), '2110')
          expect(
            await creditsPanel(page)
              .getByText(/payment of|Payments/)
              .count(),
          ).toBe(0)
          await payment.getByRole('button', { name: /^Pay/ }).click()
          await expectBoughtOnce(2500)
          await creditsPanel(page).getByRole('button', { name: 'Refresh balance' }).click()
          await eventually(() => credits(page), '2110')
          expect(await page.locator('body').innerText()).not.toMatch(/5,275|payment of/i)
          await logOut(page)
          await logInDirectly(page, user.email)
          await openCredits(page)
          await creditsPanel(page).getByText(wentTo('5,275')).waitFor()
        },
      )
    })

    it('has left nothing that differs from the payment provider’s records', async () => {
      const { compared, differences } = await reconcile(world)
      expect(compared).toBeGreaterThan(0)
      expect(differences).toEqual([])
    })
  },
)
