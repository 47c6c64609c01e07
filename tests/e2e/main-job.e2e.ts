import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  balance,
  closeSettings,
  creditsEntry,
  creditsPanel,
  historyRows,
  logIn,
  logOut,
  openComfy,
  openCredits,
  openSettings,
  runCommand,
  switchGuardOff,
  settingsEntries,
} from '../support/pages/comfy.ts'
import { eventually } from './support/eventually.ts'
import { buy, closePopup, popup } from '../support/pages/purchase.ts'
import { hostVersion, openWorld, watchErrors, type World } from './support/world.ts'

/** Requests that only our extension makes: its lazy chunks, and the credits API's history. */
const OURS = /\/extensions\/comfyui-credits\/chunks\/|\/customers\/(events|credit)/

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

/** One evening of one person, in order: each test continues where the previous one stopped. */
describe(`the main job on ComfyUI ${hostVersion}`, () => {
  let person: BrowserContext
  let page: Page
  let errors: string[]
  const asked: string[] = []

  beforeAll(async () => {
    person = await world.newPerson()
    page = await person.newPage()
    errors = watchErrors(page)
    page.on('request', (request) => asked.push(request.url()))
    await openComfy(page, world.sandbox.urls.comfyui)
  })
  afterAll(() => person.close())

  it('shows no entry and asks nothing before login', async () => {
    await openSettings(page)
    expect(await creditsEntry(page).count()).toBe(0)
    expect(asked.filter((url) => OURS.test(url) || url.includes('/customers/'))).toEqual([])
    await closeSettings(page)
  })

  it(
    'shows exactly one Credits entry after login',
    { tags: ['one-entry', 'login-email'] },
    async () => {
      await logIn(page, 'user@example.com')
      await openSettings(page)
      await creditsEntry(page).waitFor()
      expect(await creditsEntry(page).innerText()).toBe('Credits')
      const named = settingsEntries(page, ':visible').filter({ hasText: /^\s*credits\s*$/i })
      expect(await named.count()).toBe(1)
    },
  )

  it('shows 2,110 credits for 10 USD', { tags: 'account-customer' }, async () => {
    await openCredits(page)
    await eventually(() => balance(page).getAttribute('data-credits'), '2110')
    expect(await balance(page).getAttribute('data-usd-cents')).toBe('1000')
    expect(await balance(page).innerText()).toContain('2,110')
  })

  it('buys 25 USD by card and shows 7,385 credits without a reload', async () => {
    const payment = await buy(page, '$25')
    await payment.getByRole('button', { name: /^Pay/ }).click()
    await eventually(() => balance(page).getAttribute('data-credits'), '7385')
    const quote = page.getByRole('status').filter({ hasText: '2,110' })
    await quote.waitFor()
    expect(await quote.innerText()).toContain('7,385')
    expect(await historyRows(page, 'top-up').first().getAttribute('data-credits')).toBe('5275')
  })

  it('buys 10 USD by a QR code that a phone confirms', async () => {
    await closePopup(page)
    const payment = await buy(page, '$10')
    await payment.getByRole('radio', { name: 'WeChat Pay' }).check()
    await payment.getByRole('button', { name: 'Generate QR Code' }).click()
    const link = await payment.locator('a[href*="/q/"]').first().getAttribute('href')
    const phone = await world.newPerson()
    const phonePage = await phone.newPage()
    await phonePage.goto(new URL(link ?? '', payment.url()).href)
    await phonePage.getByRole('button', { name: /confirm|pay/i }).click()
    await eventually(() => balance(page).getAttribute('data-credits'), '9495')
    await phone.close()
    await closePopup(page)
  })

  it('runs the default workflow and shows what it cost', async () => {
    await closeSettings(page)
    await runCommand(page, 'Comfy.QueuePrompt')
    await openCredits(page)
    const run = historyRows(page, 'run').first()
    await eventually(() => run.getAttribute('data-status'), 'succeeded', 40_000)
    await eventually(() => run.getAttribute('data-credits'), '-12.66')
    await eventually(() => balance(page).getAttribute('data-credits'), '9482.34')
  })

  it('lets other extensions read the figures, and change none', async () => {
    const read = () =>
      page.evaluate(async () => {
        const { comfyCredits } = window
        if (!comfyCredits) return null
        const credits = comfyCredits.balance?.credits
        const cost = comfyCredits.estimate?.typical.credits
        return [credits, cost, await comfyCredits.spentToday()]
      })
    // The seed has changed with the run, so that the same workflow costs as much again.
    await eventually(read, [9482.34, 12.66, { credits: 12.66, usd: 0.06, isWhole: true }])
  })

  it(
    'keeps the same figures after a reload, with the login that was stored',
    { tags: 'reload' },
    async () => {
      await openComfy(page, world.sandbox.urls.comfyui)
      await openCredits(page)
      await eventually(() => balance(page).getAttribute('data-credits'), '9482.34')
      await eventually(() => historyRows(page, 'run').count(), 1)
      // What this browser has kept is there before the account has answered.
      await eventually(() => historyRows(page, 'top-up').count(), 2)
    },
  )

  it(
    'takes the entry away at logout, while the panel is open, and asks nothing more',
    { tags: 'logout' },
    async () => {
      await logOut(page)
      await creditsEntry(page).waitFor({ state: 'detached' })
      expect(await creditsPanel(page).count()).toBe(0)
      expect(await page.evaluate(() => 'comfyCredits' in window)).toBe(false)
      const before = asked.length
      await page.evaluate(() => window.dispatchEvent(new Event('focus')))
      await closeSettings(page)
      expect(asked.slice(before).filter((url) => url.includes('/customers/'))).toEqual([])
    },
  )

  it('shows a second user nothing of the first', { tags: 'switch-user' }, async () => {
    await logIn(page, 'team@example.com')
    await openCredits(page)
    await eventually(() => balance(page).getAttribute('data-credits'), '0')
    await page.getByText('Account created').waitFor()
    expect(await historyRows(page, 'run').count()).toBe(0)
    expect(await historyRows(page, 'top-up').count()).toBe(0)
    expect(await creditsPanel(page).innerText()).not.toMatch(/9,482|7,385|2,110/)
    await logOut(page)
  })

  it('says why a negative balance blocks runs', async () => {
    await logIn(page, 'negative@example.com')
    await switchGuardOff(page)
    await openCredits(page)
    await eventually(() => balance(page).getAttribute('data-usd-cents'), '-420')
    expect(await creditsPanel(page).innerText()).toMatch(/negative/i)
    await closeSettings(page)
    await runCommand(page, 'Comfy.QueuePrompt')
    await popup(page).getByText('not enough credits').waitFor()
    await closePopup(page)
    await openCredits(page)
    const run = historyRows(page, 'run').first()
    await eventually(() => run.getAttribute('data-status'), 'failed')
    expect(await run.innerText()).toMatch(/not enough credits/i)
    expect(await balance(page).getAttribute('data-usd-cents')).toBe('-420')
  })

  it('threw nothing into the page', () => {
    expect(errors).toEqual([])
  })
})
