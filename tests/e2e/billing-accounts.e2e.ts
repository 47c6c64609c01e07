import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  balance,
  creditsPanel,
  logInDirectly,
  logOut,
  openComfy,
  openCredits,
  openTab,
  runCommand,
} from '../support/pages/comfy.ts'
import { eventually } from './support/eventually.ts'
import { buy, choose, closePopup, popup } from '../support/pages/purchase.ts'
import { hasWorkspaces, switchWorkspace } from '../support/pages/workspaces.ts'
import { hostVersion, openWorld, watchErrors, type World } from './support/world.ts'

const credits = (page: Page) => balance(page).getAttribute('data-credits')
const billingAccount = (page: Page) => creditsPanel(page).locator('[data-purse]')

/**
 * Of the sandbox's people whose own workspace has a billing account of its own; the run costs
 * 12.66.
 */
const OWN_ACCOUNTS = [
  { rail: 'stripe', before: '3165', after: '3152.34' },
  { rail: 'metronome', before: '6330', after: '6317.34' },
] as const

let world: World
let person: BrowserContext
let page: Page
let errors: string[]
beforeAll(async () => {
  world = await openWorld()
  person = await world.newPerson()
  page = await person.newPage()
  errors = watchErrors(page)
  await openComfy(page, world.sandbox.urls.comfyui)
  await logInDirectly(page, 'team@example.com')
})
afterAll(async () => {
  await person.close()
  await world.close()
})

/** In the same page, without a reload. */
async function becomePerson(email: string): Promise<void> {
  await logOut(page)
  await creditsPanel(page).waitFor({ state: 'detached' })
  await logInDirectly(page, email)
  await openCredits(page)
}

/** In order: each test continues where the previous one stopped. */
describe(`the billing account on ComfyUI ${hostVersion}`, () => {
  it(
    'is the customer’s for a personal workspace of the first rail, and without workspaces',
    { tags: ['account-customer', 'account-legacy-stripe'] },
    async () => {
      await openCredits(page)
      await eventually(() => credits(page), '0')
      expect(await billingAccount(page).getAttribute('data-purse')).toBe('customer')
      expect(await billingAccount(page).innerText()).toContain('Personal')
    },
  )

  if (hasWorkspaces) workspaceTests()

  it(
    'is the next person’s after a change of user, without a reload',
    { tags: 'switch-user' },
    async () => {
      await becomePerson('user@example.com')
      await eventually(() => credits(page), '2110')
      expect(await billingAccount(page).innerText()).toContain('Personal')
      expect(errors).toEqual([])
    },
  )

  if (hasWorkspaces) cloudTest()
})

/** $10, up to the bank's question. */
async function chargeCard(last4: string): Promise<void> {
  await choose(page, '$10')
  await popup(page).getByRole('button', { name: 'Buy', exact: true }).click()
  await popup(page).getByText(`Charge $10 to Visa ending in ${last4}?`).waitFor()
  await popup(page).getByRole('button', { name: 'Charge $10' }).click()
  await popup(page).getByText('Your bank asks you to confirm').waitFor()
}

/** On the bank's page, in its own tab. */
async function answerBank(answer: string): Promise<void> {
  const [bank] = await Promise.all([
    page.context().waitForEvent('page'),
    popup(page).getByRole('link', { name: 'Confirm with your bank' }).click(),
  ])
  await bank.getByRole('button', { name: answer }).click()
  await bank.getByText('You can close this page.').waitFor()
  await bank.close()
}

function workspaceTests(): void {
  it(
    'is the workspace’s after a switch to a team, named with the role',
    { tags: 'account-team' },
    async () => {
      await switchWorkspace(page, 'Team Studio')
      await openCredits(page)
      await eventually(() => credits(page), '10550')
      expect(await billingAccount(page).getAttribute('data-purse')).toBe('workspace')
      expect(await billingAccount(page).innerText()).toContain('Team Studio · owner')
    },
  )

  it(
    'of a workspace is topped up on the payment page while no card is saved',
    { tags: 'account-team' },
    async () => {
      const payment = await buy(page, '$50')
      await payment.getByRole('button', { name: /^Pay/ }).click()
      await popup(page).getByText('Your balance went from 10,550 to 21,100 credits.').waitFor()
      await eventually(() => credits(page), '21100')
      await closePopup(page)
    },
  )

  it(
    'of a workspace is then topped up by the saved card, once that was confirmed',
    { tags: 'account-team' },
    async () => {
      await choose(page, '$10')
      await popup(page).getByRole('button', { name: 'Buy', exact: true }).click()
      await popup(page).getByText('Charge $10 to Visa ending in 4242?').waitFor()
      await eventually(() => credits(page), '21100')
      await popup(page).getByRole('button', { name: 'Charge $10' }).click()
      await popup(page).getByText('Your balance went from 21,100 to 23,210 credits.').waitFor()
      await closePopup(page)
    },
  )

  it(
    'of a workspace is topped up by a card whose bank asks its holder, once they have confirmed',
    { tags: 'account-team' },
    async () => {
      await choose(page, '$10')
      await popup(page).getByRole('button', { name: 'Buy', exact: true }).click()
      const [payment] = await Promise.all([
        page.context().waitForEvent('page'),
        popup(page).getByRole('button', { name: 'Use the payment page' }).click(),
      ])
      await payment.getByLabel('Card number').fill('4000 0027 6000 3184')
      await payment.getByRole('button', { name: /^Pay/ }).click()
      await popup(page).getByText('Your balance went from 23,210 to 25,320 credits.').waitFor()
      await closePopup(page)
      await chargeCard('3184')
      await answerBank('Complete authentication')
      await popup(page).getByText('Your balance went from 25,320 to 27,430 credits.').waitFor()
      await closePopup(page)
      await eventually(() => credits(page), '27430')
    },
  )

  it(
    'of a workspace is not charged when the bank does not recognise the holder, who may try again',
    { tags: 'account-team' },
    async () => {
      await chargeCard('3184')
      await answerBank('Fail authentication')
      await popup(page).getByText('did not confirm the charge of $10').waitFor()
      await eventually(() => credits(page), '27430')
      await popup(page).getByRole('button', { name: 'Try again' }).click()
      await answerBank('Complete authentication')
      await popup(page).getByText('Your balance went from 27,430 to 29,540 credits.').waitFor()
      await closePopup(page)
      await eventually(() => credits(page), '29540')
    },
  )

  it(
    "of another person's team names to a member who can buy",
    { tags: 'account-team' },
    async () => {
      await switchWorkspace(page, 'Acme Pictures')
      await openCredits(page)
      await eventually(() => credits(page), '4220')
      expect(await billingAccount(page).innerText()).toContain('Acme Pictures · member')
      await creditsPanel(page).getByText('buy more: Robin Acme.').waitFor()
      expect(await page.getByRole('button', { name: 'Buy credits' }).count()).toBe(0)
      await openTab(page, 'Overview')
      await creditsPanel(page)
        .getByRole('link', { name: /^Support/ })
        .waitFor()
      expect(await page.getByRole('button', { name: /^Invoices/ }).count()).toBe(0)
    },
  )

  for (const { rail, before, after } of OWN_ACCOUNTS) {
    it(
      `is the personal workspace’s own on the rail ${rail}, and a run is charged to it`,
      { tags: `account-${rail}` },
      async () => {
        await becomePerson(`${rail}@example.com`)
        await eventually(() => credits(page), before)
        expect(await billingAccount(page).getAttribute('data-purse')).toBe('workspace')
        expect(await billingAccount(page).innerText()).toContain('Personal')
        await runCommand(page, 'Comfy.QueuePrompt')
        await eventually(() => credits(page), after)
      },
    )
  }
}

function cloudTest(): void {
  it(
    'cannot be known while the cloud is away, which is said, and is found again when asked',
    { tags: 'cloud-away' },
    async () => {
      await world.sandbox.credits.kill()
      await openComfy(page, world.sandbox.urls.comfyui)
      await openCredits(page)
      // The host itself tries for some seconds before it gives up.
      await creditsPanel(page).getByText('your balance is unknown').waitFor({ timeout: 40_000 })
      expect(await credits(page)).toBeNull()
      const again = creditsPanel(page).getByRole('button', { name: 'Try again' }).first()
      await again.waitFor()
      await world.sandbox.credits.restart()
      // The panel asks too, when the page is looked at again: then the button is gone by itself.
      await eventually(async () => {
        if (await again.isVisible()) await again.click({ timeout: 1000 }).catch(() => {})
        return credits(page)
      }, '2110')
    },
  )
}
