import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  balance,
  closeSettings,
  creditsEntry,
  creditsPanel,
  historyRows,
  logInDirectly,
  logOut,
  openComfy,
  openPanel,
  openCredits,
  openSettings,
  openTab,
  panelTab,
  runCommand,
  tabPanel,
} from '../support/pages/comfy.ts'
import { popup } from '../support/pages/purchase.ts'
import { eventually } from './support/eventually.ts'
import { signUp } from './support/new-user.ts'
import { watchRequests } from './support/watch-requests.ts'
import { hostVersion, openWorld, watchErrors, type World } from './support/world.ts'

let world: World
let page: Page
let errors: string[]
beforeAll(async () => {
  world = await openWorld()
  page = await (await world.newPerson()).newPage()
  errors = watchErrors(page)
  await page.setViewportSize({ width: 1400, height: 900 })
  await openComfy(page, world.sandbox.urls.comfyui)
})
afterAll(() => world.close())

const isSelected = (name: Parameters<typeof panelTab>[1]) =>
  panelTab(page, name).getAttribute('aria-selected')
const latestRuns = () =>
  creditsPanel(page).getByRole('table', { name: 'Latest runs' }).locator('[data-kind="run"]')

describe(`Overview on ComfyUI ${hostVersion}`, () => {
  it('is what somebody new sees: what credits are for, and how to get the first', async () => {
    const { email } = await signUp(world)
    await logInDirectly(page, email)
    await openCredits(page, null)
    expect(await isSelected('Overview')).toBe('true')
    await balance(page).and(page.locator('[data-credits="0"]')).waitFor()
    await creditsPanel(page).getByText('You have no credits yet').waitFor()
    expect(await creditsPanel(page).getByRole('table').count()).toBe(0)
    await creditsPanel(page).getByRole('button', { name: 'Buy credits' }).click()
    await popup(page).waitFor()
    await page.keyboard.press('Escape')
    await closeSettings(page)
  })

  it('has the latest runs and what was spent, and leads to the history', async () => {
    await logOut(page)
    await logInDirectly(page, 'user@example.com')
    await openCredits(page, null)
    await runCommand(page, 'Comfy.QueuePrompt')
    const run = latestRuns().first()
    await run.waitFor({ timeout: 40_000 })
    await eventually(() => run.getAttribute('data-status'), 'succeeded', 40_000)
    await eventually(() => run.getAttribute('data-credits'), '-12.66', 20_000)
    await run.locator('img').waitFor()
    const spending = creditsPanel(page).getByRole('region', { name: 'Spending' })
    await spending.getByText('12.66').first().waitFor()
    await run.getByRole('button').click()
    await tabPanel(page, 'History').waitFor()
    await eventually(() => historyRows(page, 'run').count(), 1)
  })

  it('has tabs that the arrow keys reach, and that are remembered', async () => {
    await panelTab(page, 'History').focus()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Enter')
    await tabPanel(page, 'Limits').waitFor()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Enter')
    await tabPanel(page, 'Settings').waitFor()
    await closeSettings(page)
    await openCredits(page, null)
    expect(await isSelected('Settings')).toBe('true')
  })

  it('changes its tab without a request, and stays as it was', async ({ annotate }) => {
    // Without a run of its own: what that cost is asked for some seconds after it.
    const person = await world.newPerson()
    const visitor = await person.newPage()
    const settled = watchRequests(visitor)
    await openPanel(visitor, world.sandbox.urls.comfyui, 'user@example.com', 'Settings')
    await creditsPanel(visitor).getByRole('switch').first().waitFor()
    await openTab(visitor, 'Limits')
    await creditsPanel(visitor).getByText('No limits yet').waitFor()
    await openTab(visitor, 'History')
    await historyRows(visitor, 'run').first().waitFor()
    await settled()
    const row = await historyRows(visitor, 'run').first().elementHandle()
    const requests: string[] = []
    visitor.on('request', (request) => requests.push(request.url()))
    const took = await visitor.evaluate(async () => {
      const times: number[] = []
      for (const name of ['overview', 'limits', 'settings', 'overview', 'history']) {
        const tab = document.querySelector<HTMLElement>(`[role=tab][id$="_${name}"]`)
        const start = performance.now()
        tab?.click()
        await new Promise((resolve) => setTimeout(resolve))
        // Layout is part of it.
        document.querySelector('.comfyui-credits')?.getBoundingClientRect()
        times.push(performance.now() - start)
      }
      return times.toSorted((a, b) => a - b)[2] ?? Infinity
    })
    // Reported and not judged: a busy machine says nothing of the panel. The aim is 50 ms.
    await annotate(`${Math.round(took)} ms`)
    expect(await row?.isVisible()).toBe(true)
    expect(requests).toEqual([])
    await person.close()
  })
})

describe(`the way to it on ComfyUI ${hostVersion}`, () => {
  it('is in sight as soon as the settings open', async () => {
    await closeSettings(page)
    await openSettings(page)
    await creditsEntry(page).waitFor()
    const isInSight = () =>
      creditsEntry(page).evaluate((entry) => {
        const { left, top, width, height } = entry.getBoundingClientRect()
        const seen = document.elementFromPoint(left + width / 2, top + height / 2)
        return seen !== null && (entry.contains(seen) || seen.contains(entry))
      })
    await eventually(isInSight, true)
  })

  it('is found by a search for credits', async () => {
    const search = page.getByPlaceholder(/search settings/i).first()
    await search.fill('credits')
    await eventually(() => creditsPanel(page).isVisible(), true)
    await search.fill('')
  })

  it('has a shortcut, which begins at the heading, with Buy one Tab away', async () => {
    await openCredits(page, 'Overview')
    await closeSettings(page)
    await page.locator('body').press('Shift+C')
    await creditsPanel(page).waitFor()
    const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim())
    await eventually(focused, 'Credits')
    await page.keyboard.press('Tab')
    await eventually(focused, 'Buy credits')
    await openTab(page, 'Overview')
  })

  it('threw nothing into the page', () => {
    expect(errors).toEqual([])
  })
})
