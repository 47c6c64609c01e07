import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import {
  balance,
  creditsPanel,
  historyRows,
  logInDirectly,
  openComfy,
  openCredits,
  openTab,
  runCommand,
} from '../support/pages/comfy.ts'
import { eventually } from './support/eventually.ts'
import { expectFine, setPalette, type Palette } from '../support/pages/looks.ts'
import { choose, closePopup, popup } from '../support/pages/purchase.ts'
import { leaveAsGuest, sharePage } from './support/shared-page.ts'
import { hostVersion, openWorld, type World } from './support/world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

const shared = sharePage({
  newPerson: () => world.newPerson(),
  open: (page) => openComfy(page, world.sandbox.urls.comfyui),
  mend: closePopup,
})
const loggedIn = new WeakMap<Page, string>()

/** In the shared page. */
async function openAs(email: string): Promise<Page> {
  const { page } = shared()
  if (loggedIn.get(page) !== email) {
    await leaveAsGuest(page)
    await logInDirectly(page, email)
    loggedIn.set(page, email)
  }
  await openCredits(page)
  await balance(page).and(page.locator('[data-credits]')).waitFor()
  return page
}

let themes: readonly Palette[] = ['dark', 'light']

/** Each theme in turn, in the state the page is in. Begins with the one that is there. */
async function expectNoViolations(page: Page): Promise<void> {
  for (const theme of themes) {
    await setPalette(page, theme)
    await expectFine(page, theme)
  }
  themes = themes.toReversed()
}

describe(`axe-core finds nothing in the panel on ComfyUI ${hostVersion}`, () => {
  it('of a new account, whose balance is empty', async () => {
    await expectNoViolations(await openAs('team@example.com'))
  })

  it('of a negative balance', async () => {
    await expectNoViolations(await openAs('negative@example.com'))
  })

  describe('in use', () => {
    let page: Page
    beforeEach(async () => {
      page = await openAs('user@example.com')
    })

    it('with a run in its history', async () => {
      await runCommand(page, 'Comfy.QueuePrompt')
      await historyRows(page, 'run').and(page.locator('[data-status="succeeded"]')).waitFor()
      await expectNoViolations(page)
    })

    it('on Overview with the questions answered, and on Settings', async () => {
      await openTab(page, 'Overview')
      await creditsPanel(page).getByRole('table', { name: 'Latest runs' }).waitFor()
      for (const question of await creditsPanel(page).locator('summary:visible').all())
        await question.click()
      await expectNoViolations(page)
      await openTab(page, 'Settings')
      await creditsPanel(page).getByRole('textbox', { name: 'Diagnostics' }).waitFor()
      await expectNoViolations(page)
      await openTab(page, 'History')
    })

    it('on Limits, empty, in a form with a wrong amount, and with a limit', async () => {
      await openTab(page, 'Limits')
      const panel = creditsPanel(page)
      await panel.getByText('No limits yet').waitFor()
      await expectNoViolations(page)
      await panel.getByRole('button', { name: 'Add a limit' }).click()
      await panel.getByRole('button', { name: 'Save' }).click()
      await panel.getByText('Enter an amount').waitFor()
      await expectNoViolations(page)
      // The field with the wrong amount has the focus: the keyboard alone goes on from here.
      await page.keyboard.type('2000')
      await page.keyboard.press('Enter')
      await panel.getByRole('progressbar', { name: '2,000 credits per day' }).waitFor()
      await expectNoViolations(page)
      await openTab(page, 'History')
    })

    it('in the popup, with a right and with a wrong amount', async () => {
      await choose(page, '$25')
      await expectNoViolations(page)
      await popup(page).getByRole('spinbutton', { name: 'Amount in USD' }).fill('2')
      await expectNoViolations(page)
    })

    it('when the payment tab is blocked, and when the payment waits', async () => {
      await page.evaluate(() => {
        const open = window.open.bind(window)
        window.open = () => {
          window.open = open
          return null
        }
      })
      await choose(page, '$25')
      await popup(page).getByRole('button', { name: 'Buy', exact: true }).click()
      const link = popup(page).getByRole('link', { name: /^Open payment page/ })
      await link.waitFor()
      await expectNoViolations(page)
      const [payment] = await Promise.all([page.context().waitForEvent('page'), link.click()])
      await popup(page).getByText('Waiting for your payment').waitFor()
      await expectNoViolations(page)
      await closePopup(page)
      await expectNoViolations(page)
      await page.getByRole('button', { name: 'Show', exact: true }).first().click()
      await payment.getByRole('button', { name: /^Pay/ }).click()
      await popup(page).getByText('Credits added').waitFor()
      await expectNoViolations(page)
    })

    it('when the service cannot be reached', async () => {
      await world.sandbox.credits.kill()
      onTestFinished(() => world.sandbox.credits.restart())
      await page.getByRole('button', { name: 'Refresh balance' }).click()
      await creditsPanel(page).getByRole('alert').first().waitFor()
      await expectNoViolations(page)
    })
  })
})

describe(`the keyboard alone on ComfyUI ${hostVersion}`, () => {
  const nameOfFocus = (page: Page) =>
    page.evaluate(() => {
      const focus = document.activeElement
      return (focus?.getAttribute('aria-label') ?? focus?.textContent ?? '').trim()
    })

  /** Tab after Tab until the focus is on this; fails when it never gets there. */
  async function tabTo(page: Page, name: string): Promise<void> {
    const passed: string[] = []
    while (passed.length < 80) {
      await page.keyboard.press('Tab')
      const here = await nameOfFocus(page)
      if (here.startsWith(name)) return
      passed.push(here)
    }
    throw new Error(`Tab never came to ${name}, but to: ${passed.join(' / ')}`)
  }

  it('goes from the open panel to a bought top-up, and back to where it began', async () => {
    const page = await openAs('negative@example.com')
    await tabTo(page, 'Buy credits')
    await page.keyboard.press('Enter')
    await popup(page).waitFor()
    await page.keyboard.type('30') // The amount has the focus, and typing replaces it.
    expect(await popup(page).getByRole('spinbutton', { name: 'Amount in USD' }).inputValue()).toBe(
      '30',
    )
    await tabTo(page, 'Cancel')
    await page.keyboard.press('Tab')
    expect(await nameOfFocus(page)).toBe('Buy')
    const opened = page.context().waitForEvent('page')
    await page.keyboard.press('Enter')
    const payment = await opened
    await payment.getByRole('button', { name: /^Pay/ }).waitFor()
    await tabTo(payment, 'Pay')
    // Not pressed: the page may be gone before the key comes up.
    await payment.keyboard.down('Enter')

    await eventually(() => balance(page).getAttribute('data-credits'), '5443.8')
    await popup(page).getByText('Credits added').waitFor()
    await tabTo(page, 'Done')
    await page.keyboard.press('Enter')
    await popup(page).waitFor({ state: 'hidden' })
    expect(await nameOfFocus(page)).toBe('Buy credits')
  })
})
