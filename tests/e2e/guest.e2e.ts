import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import {
  balance,
  creditsPanel,
  historyRows,
  logInDirectly,
  openComfy,
  openCredits,
  openPanel,
  openTab,
  openSettings,
  runCommand,
  setSetting,
} from '../support/pages/comfy.ts'
import { leaveDialogs } from './support/dialogs.ts'
import { eventually } from './support/eventually.ts'
import { sharePage } from './support/shared-page.ts'
import { watchRequests } from './support/watch-requests.ts'
import { hostVersion, openWorld, overPlainHttp, type World } from './support/world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

// Each test begins with somebody logged in, and no dialog.
const shared = sharePage({
  newPerson: () => world.newPerson(),
  open: async (page) => {
    await openComfy(page, world.sandbox.urls.comfyui)
    await logInDirectly(page, 'user@example.com')
  },
  mend: leaveDialogs,
})

/** Of the host: where our panel's look could leak to. */
const ELEMENTS = [
  'html',
  'body',
  '#vue-app',
  '#graph-canvas',
  'nav',
  '[data-nav-id]',
  '[role="dialog"]',
  '[role="dialog"] button',
  '[role="dialog"] input',
  'button',
  'main, [role="main"], .settings-content, form',
]

interface HostLooks {
  readonly styleTags: readonly string[]
  readonly computed: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/** Every style tag that is not ours, and all computed styles of some of the host's elements. */
function looks(page: Page): Promise<HostLooks> {
  return page.evaluate((selectors) => {
    const styleTags = [...document.querySelectorAll('style')]
      .filter((tag) => tag.id !== 'ComfyUICredits.Panel' && !tag.closest('comfyui-credits-panel'))
      .map((tag) => `${JSON.stringify(tag.dataset)} ${tag.textContent}`)
    const computed: Record<string, Record<string, string>> = {}
    for (const selector of selectors) {
      const element = document.querySelector(selector)
      if (!element) continue
      const style = getComputedStyle(element)
      computed[selector] = Object.fromEntries(
        [...style].map((name) => [name, style.getPropertyValue(name)]),
      )
    }
    return { styleTags, computed }
  }, ELEMENTS)
}

/** The host's dialogs fade and hand over their locks: what counts is how it looks afterwards. */
async function settledLooks(page: Page): Promise<HostLooks> {
  let last = await looks(page)
  await expect
    .poll(
      async () => {
        const before = last
        last = await looks(page)
        return JSON.stringify(last) === JSON.stringify(before)
      },
      { interval: 400, timeout: 10_000 },
    )
    .toBe(true)
  return last
}

describe(`a guest in ComfyUI ${hostVersion}`, () => {
  it('leaves the host looking as it was after the panel was opened and used', async () => {
    const { page, isNew } = shared()
    // What the panel's first opening does to a page, no later one would show.
    expect(isNew).toBe(true)
    await openSettings(page)
    const otherPane = page.locator('[data-nav-id="about"]')
    await otherPane.click()
    await page.mouse.move(2, 2)
    const before = await settledLooks(page)
    expect(Object.keys(before.computed).length).toBeGreaterThanOrEqual(10)

    await openCredits(page)
    await balance(page).and(page.locator('[data-credits="2110"]')).waitFor()
    await page.getByRole('button', { name: 'Refresh balance' }).click()
    await page.getByRole('button', { name: 'Buy credits' }).click()
    const popup = page.getByRole('dialog', { name: 'Buy credits' })
    await popup.getByRole('spinbutton', { name: 'Amount in USD' }).fill('37')
    await popup.getByRole('button', { name: 'Cancel' }).click()
    await popup.waitFor({ state: 'hidden' })
    await otherPane.click()
    await creditsPanel(page).waitFor({ state: 'detached' })
    await page.mouse.move(2, 2)

    const after = await settledLooks(page)
    expect(after.styleTags).toEqual(before.styleTags)
    expect(after.computed).toEqual(before.computed)
  })

  it('keeps Escape in the popup to itself: the settings stay open', async () => {
    const { page } = shared()
    await openCredits(page)
    const open = page.getByRole('button', { name: 'Buy credits' })
    await open.click()
    const popup = page.getByRole('dialog', { name: 'Buy credits' })
    await popup.waitFor()
    await page.keyboard.press('Escape')
    await popup.waitFor({ state: 'hidden' })
    expect(await creditsPanel(page).isVisible()).toBe(true)
    expect(await open.evaluate((button) => button === document.activeElement)).toBe(true)
  })

  it('keeps the popup in front when the host redraws its pane for another language', async () => {
    const { page } = shared()
    await openCredits(page)
    await page.getByRole('button', { name: 'Buy credits' }).click()
    const popup = page.locator('dialog.cc-dialog')
    for (const [language, title] of [
      ['zh', '购买积分'],
      ['en', 'Buy credits'],
    ] as const) {
      await setSetting(page, 'Comfy.Locale', language)
      await popup.getByRole('heading', { name: title }).waitFor()
      expect(await popup.and(page.locator(':modal')).count()).toBe(1)
    }
  })

  it('tells what it found in this ComfyUI, and deletes what it stored in the browser', async () => {
    const { person, page } = shared()
    const settled = watchRequests(page)
    await openCredits(page)
    await balance(page).and(page.locator('[data-credits="2110"]')).waitFor()
    await settled()
    await openTab(page, 'Settings')
    const diagnostics = page.getByRole('textbox', { name: 'Diagnostics' })
    const report = JSON.parse(await diagnostics.inputValue()) as Record<string, unknown>
    expect(report).toMatchObject({
      comfyui: '0.33.0',
      frontend: hostVersion,
      login: 'token',
      billingAccount: { state: 'known', kind: 'customer' },
    })
    const failed = report['errors'] as readonly { call: string; status: number }[]
    // The driver that leads the page's requests there cannot pass a stream on, and says so.
    expect(failed.map(({ call, status }) => `${status} to ${call}`)).toEqual(
      overPlainHttp ? ['501 to GET /customers/balance/stream'] : [],
    )
    expect(report['capabilities']).toMatchObject({
      'frontend version': hostVersion,
      'settings entry': 'app.ui.settings.addSetting',
    })
    if (!overPlainHttp) await person.grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.getByRole('button', { name: 'Copy diagnostics' }).click()
    await page.getByText('Copied', { exact: true }).waitFor()
    const copied = await page.evaluate(
      () => navigator.clipboard?.readText() ?? getSelection()?.toString(),
    )
    expect(copied).toBe(await diagnostics.inputValue())

    const stored = () =>
      page.evaluate(() => Object.keys(localStorage).filter((name) => /credits/i.test(name)))
    expect(await stored()).not.toEqual([])
    await page.getByRole('button', { name: 'Delete local data' }).click()
    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    await page.getByText(/^Deleted\./).waitFor()
    expect(await stored()).toEqual([])
  })

  it('says what to do when the credits service is away, and recovers by itself when asked', async () => {
    const { page } = shared()
    await openCredits(page)
    const figure = balance(page).and(page.locator('[data-credits="2110"]'))
    const refresh = page.getByRole('button', { name: 'Refresh balance' })
    const alert = creditsPanel(page).getByRole('alert').first()
    await figure.waitFor()
    await world.sandbox.credits.kill()
    try {
      await refresh.click()
      await alert.waitFor()
    } finally {
      await world.sandbox.credits.restart()
    }
    await refresh.click()
    await alert.waitFor({ state: 'detached' })
    await figure.waitFor()
    expect(await historyRows(page, 'run').count()).toBe(0)
  })
})

it(`is not blamed by ComfyUI ${hostVersion} for a run that its server did not take`, async () => {
  const { page } = shared()
  await page.route('**/api/prompt', (route) => route.abort())
  void runCommand(page, 'Comfy.QueuePrompt')
  const dialog = page.getByRole('dialog').filter({ hasText: 'Failed to fetch' })
  await dialog.getByRole('button', { name: /show report/i }).click()
  await dialog.getByText('## Stack Trace').waitFor()
  expect(await dialog.innerText()).toMatch(/Failed to fetch[^]*\/assets\//)
  expect(await dialog.innerText()).not.toContain('comfyui-credits')
})

/** That these tests run where they say they do, and the sandbox's own way to do without a worker. */
describe(`a page of ComfyUI ${hostVersion} ${overPlainHttp ? 'on plain http' : 'on this machine'}`, () => {
  it('has locks, clipboard and service workers, but none of them on plain http', async () => {
    const { page } = shared()
    const found = await page.evaluate(() => [
      window.isSecureContext,
      'locks' in navigator,
      'clipboard' in navigator,
      'serviceWorker' in navigator,
    ])
    expect(found).toEqual(overPlainHttp ? [false, false, false, false] : [true, true, true, true])
  })

  if (overPlainHttp) withoutDriver()
})

function withoutDriver(): void {
  it('catches the outside by itself where nobody drives the browser, as with --lan', async () => {
    const lan = await openWorld({ withNetworkMock: true })
    onTestFinished(() => lan.close())
    const person = await lan.newPerson()
    const page = await person.newPage()
    await openPanel(page, lan.sandbox.urls.comfyui, 'user@example.com')
    await eventually(() => balance(page).getAttribute('data-credits'), '2110')
  })
}
