import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openBooks, type Books } from './support/books.ts'
import {
  balance,
  closeSettings,
  creditsPanel,
  logIn,
  logOut,
  openComfy,
  openCredits,
  openPanel,
} from '../support/pages/comfy.ts'
import { eventually } from './support/eventually.ts'
import { buy, choose, closePopup, popup } from '../support/pages/purchase.ts'
import { hostVersion, openWorld, type World } from './support/world.ts'

const credits = (page: Page) => balance(page).getAttribute('data-credits')

/** Told in order, each time: a test goes on with the balance that the last one left. */
describe.each(['extended', 'plain'] as const)(
  `a purchase on ComfyUI ${hostVersion}, %s contract`,
  (contract) => {
    let world: World
    let person: BrowserContext
    let page: Page
    let books: Books

    beforeAll(async () => {
      world = await openWorld({ contract, keysOf: ['team@example.com'] })
      books = await openBooks(world, 'team@example.com')
      person = await world.newPerson()
      page = await person.newPage()
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

    it(
      'lands without a reload, whether or not the payment page comes back to us',
      { tags: 'pay-card' },
      async () => {
        await eventually(() => credits(page), '0')
        const payment = await buy(page, '$50')
        await payment.getByRole('button', { name: /^Pay/ }).click()
        await popup(page).getByText('Your balance went from 0 to 10,550 credits.').waitFor()
        await eventually(() => credits(page), '10550')
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
        await popup(page).getByText('Your balance went from 10,550 to 12,660 credits.').waitFor()
        await eventually(() => credits(page), '12660')
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
      await popup(page).getByText('Your balance went from 12,660 to 14,770 credits.').waitFor()
      await eventually(() => credits(page), '14770')
    })

    it('goes on while the panel is closed', async () => {
      const payment = await buy(page, '$10')
      await page.keyboard.press('Escape')
      await popup(page).waitFor({ state: 'hidden' })
      await closeSettings(page)
      await payment.getByRole('button', { name: /^Pay/ }).click()
      await page
        .getByText(/16,880/)
        .first()
        .waitFor()
      await openCredits(page)
      await eventually(() => credits(page), '16880')
      // Said until it is put away.
      await creditsPanel(page).getByText('Your balance went from 14,770').waitFor()
      await creditsPanel(page).getByRole('button', { name: 'Done' }).click()
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
        .getByRole('link', { name: /^Open payment page again/ })
        .waitFor()
      await eventually(() => credits(page), '16880')
      await popup(page).getByRole('button', { name: 'Stop waiting' }).click()
      await popup(page).getByText('You stopped waiting').waitFor()
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
          await popup(tab).getByText('Your balance went from 16,880 to 22,155 credits.').waitFor()
          await eventually(() => credits(tab), '22155')
        }
      },
    )

    it('that was paid while ComfyUI was gone is told of when it is back', async () => {
      const payment = await buy(page, '$25')
      await page.close()
      await payment.getByRole('button', { name: /^Pay/ }).click()
      page = await person.newPage()
      await openComfy(page, world.sandbox.urls.comfyui)
      // Nobody has opened the panel yet.
      await page.getByText('Your balance went from 22,155 to 27,430 credits.').first().waitFor()
      await openCredits(page)
      await eventually(() => credits(page), '27430')
      const payments = creditsPanel(page).getByRole('region', { name: 'Payments' })
      await payments.getByText('$25.00').first().waitFor()
    })

    it(
      'is not shown to another person, and goes on when its own is back',
      { tags: 'pay-switch-user' },
      async () => {
        await openCredits(page)
        const payment = await buy(page, '$25')
        await closePopup(page)
        await logOut(page)
        await creditsPanel(page).waitFor({ state: 'detached' })
        await logIn(page, 'user@example.com')
        await openCredits(page)
        await eventually(() => credits(page), '2110')
        expect(
          await creditsPanel(page)
            .getByText(/payment of|Payments/)
            .count(),
        ).toBe(0)
        const before = (await books.added()).credited.length
        await payment.getByRole('button', { name: /^Pay/ }).click()
        await eventually(async () => (await books.added()).credited.length, before + 1)
        await creditsPanel(page).getByRole('button', { name: 'Refresh balance' }).click()
        await eventually(() => credits(page), '2110')
        expect(await page.locator('body').innerText()).not.toMatch(/27,430|32,705|payment of/i)
        await logOut(page)
        await logIn(page, 'team@example.com')
        await openCredits(page)
        await creditsPanel(page)
          .getByText('Your balance went from 27,430 to 32,705 credits.')
          .waitFor()
      },
    )

    it('was made once and credited once, each of them', async () => {
      const paid = [2500, 2500, 2500, 1000, 1000, 1000, 5000]
      expect(await books.added()).toEqual({ paid, unpaid: [1000], credited: paid })
    })
  },
)
