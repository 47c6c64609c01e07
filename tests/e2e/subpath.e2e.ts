import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { routeByDriver } from '../../sandbox/network-mock/by-driver.ts'
import {
  balance,
  closeSettings,
  creditsEntry,
  historyRows,
  logIn,
  openComfy,
  openCredits,
  openSettings,
  runCommand,
  setSetting,
  waitForComfy,
} from '../support/pages/comfy.ts'
import { choose, popup } from '../support/pages/purchase.ts'
import { eventually } from './support/eventually.ts'
import { PREFIX, startPrefixProxy, type PrefixProxy } from './support/prefix-proxy.ts'
import { leaveAsGuest, sharePage } from './support/shared-page.ts'
import { hostVersion, openWorld, type World } from './support/world.ts'

const RETURN_PAGE = '/extensions/comfyui-credits/return.html'

let world: World
let proxy: PrefixProxy
beforeAll(async () => {
  // The sandbox's worker is served at the origin, where such a proxy has nothing.
  world = await openWorld({ withNetworkMock: false, embedded: true })
  proxy = await startPrefixProxy(world.sandbox.urls.comfyui)
})
afterAll(async () => {
  await proxy.close()
  await world.close()
})

describe(`ComfyUI ${hostVersion} under a prefix that a proxy strips`, () => {
  let person: BrowserContext
  let page: Page
  let errors: string[]
  const shared = sharePage({
    newPerson: async () => {
      const led = await world.browser.newContext({ locale: 'en-US' })
      await routeByDriver(led, world.sandbox.networkMock, proxy.url)
      return led
    },
    open: (fresh) => openComfy(fresh, `${proxy.url}/`),
    mend: leaveAsGuest,
  })
  beforeEach(() => {
    ;({ person, page, errors } = shared())
  })
  afterEach(() => {
    if (errors.length > 0) throw new Error(errors.join('\n'))
  })

  const credits = () => balance(page).getAttribute('data-credits')
  const isOurs = (path: string) => /credits|scripts\/|locales/.test(path)

  it('has the entry, the balance, runs, texts of another language, and asks nothing outside', async () => {
    await logIn(page, 'user@example.com')
    await openCredits(page)
    await eventually(credits, '2110')
    await closeSettings(page)
    await runCommand(page, 'Comfy.QueuePrompt')
    await openCredits(page)
    const run = historyRows(page, 'run').first()
    await eventually(() => run.getAttribute('data-status'), 'succeeded', 40_000)
    await eventually(() => run.getAttribute('data-credits'), '-12.66')
    await setSetting(page, 'Comfy.Locale', 'zh')
    await page.getByRole('button', { name: '购买积分' }).waitFor()
    await setSetting(page, 'Comfy.Locale', 'en')
    await page.getByRole('button', { name: 'Buy credits' }).waitFor()
    expect(proxy.refused.filter(isOurs)).toEqual([])
  })

  it('takes a payment: the form in the popup, and the page that returns below the prefix', async () => {
    await logIn(page, 'team@example.com')
    await openCredits(page)
    await eventually(credits, '0')
    await choose(page, '$25')
    await popup(page).getByRole('button', { name: 'Buy', exact: true }).click()
    await popup(page)
      .frameLocator('iframe')
      .frameLocator('iframe[name="embedded-checkout"]')
      .getByRole('button', { name: /^Pay/ })
      .waitFor()
    const [payment] = await Promise.all([
      person.waitForEvent('page'),
      popup(page).getByRole('button', { name: 'Pay on Stripe’s page instead' }).click(),
    ])
    await payment.getByRole('button', { name: /^Pay/ }).click()
    await eventually(credits, '5275')
    expect(proxy.passed.some((path) => path.startsWith(`${RETURN_PAGE}?`))).toBe(true)
    expect(proxy.refused.filter(isOurs)).toEqual([])
  })

  it('gives the return page a link that leads to ComfyUI, not to the origin', async () => {
    await page.goto(proxy.url + RETURN_PAGE + '?lang=en')
    await page.getByRole('link').click()
    expect(new URL(page.url()).pathname).toBe(`${PREFIX}/`)
    await waitForComfy(page)
    await openSettings(page)
    expect(await creditsEntry(page).count()).toBe(0)
  })
})
