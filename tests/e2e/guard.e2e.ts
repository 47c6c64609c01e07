import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  creditsPanel,
  closeSettings,
  keepLoggedIn,
  logInDirectly,
  openComfy,
  openCredits,
  setSetting,
  setWidgets,
} from '../support/pages/comfy.ts'
import { closePopup, popup } from '../support/pages/purchase.ts'
import {
  autoQueueMode,
  changeGraph,
  emptyQueue,
  guardIsThere,
  question,
  runButton,
  setAutoQueue,
  wrapped,
  wrapQueuePrompt,
} from '../support/pages/run-guard.ts'
import { queueBatch } from '../support/pages/workflow.ts'
import { eventually } from './support/eventually.ts'
import { finishHeldJobs } from './support/held-jobs.ts'
import { hostVersion, openWorld, watchErrors, type World } from './support/world.ts'

const GUARD = 'ComfyUICredits.Guard'
/** The default workflow's API node asks for 12.66 credits; these have 10.55 and 21.10. */
const POOR = 'user@example.com'
const ONE_RUN = 'google@example.com'

let world: World
beforeAll(async () => {
  world = await openWorld({ extraUsd: { [POOR]: -9.95, [ONE_RUN]: 0.1 } })
})
afterAll(() => world.close())

interface Visit {
  readonly person: BrowserContext
  readonly page: Page
  readonly errors: string[]
  /** How many runs were sent to the server. */
  readonly sent: () => number
}

async function visit(email: string, prepare?: (page: Page) => Promise<void>): Promise<Visit> {
  const person = await world.newPerson()
  const page = await person.newPage()
  const errors = watchErrors(page)
  let count = 0
  page.on('request', (request) => {
    if (request.method() === 'POST' && new URL(request.url()).pathname.endsWith('/prompt'))
      count += 1
  })
  await openComfy(page, world.sandbox.urls.comfyui)
  await prepare?.(page)
  await logInDirectly(page, email)
  await guardIsThere(page)
  return { person, page, errors, sent: () => count }
}

async function cancel(page: Page): Promise<void> {
  await question(page).waitFor()
  await page.keyboard.press('Escape')
  await question(page).waitFor({ state: 'detached' })
}

/** A failed test may leave it open. */
async function leaveQuestion(page: Page): Promise<void> {
  if (await question(page).isVisible()) await cancel(page)
}

describe(`a run that the credits do not cover, on ComfyUI ${hostVersion}`, () => {
  let poor: Visit
  beforeAll(async () => {
    poor = await visit(POOR, wrapQueuePrompt)
  })
  beforeEach(async () => {
    await leaveQuestion(poor.page)
    await setWidgets(poor.page, { prompt: 'a quiet bay' })
  })

  it.each<[string, (page: Page) => Promise<unknown>]>([
    ['the Run button', (page) => runButton(page).click()],
    ['Ctrl+Enter', (page) => page.keyboard.press('Control+Enter')],
    ['Ctrl+Shift+Enter', (page) => page.keyboard.press('Control+Shift+Enter')],
    ['a batch of 4', (page) => queueBatch(page, 4)],
  ])('is asked about when %s starts it, and not sent', async (_way, press) => {
    const { page, sent } = poor
    await press(page)
    await question(page).waitFor()
    const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim())
    await eventually(focused, 'Cancel')
    await cancel(page)
    expect(sent()).toBe(0)
  })

  it('says what it needs, for a batch in all, and what there is', async () => {
    const { page } = poor
    await queueBatch(page, 4)
    const said = question(page)
    await said.waitFor()
    expect(await said.getByRole('heading').textContent()).toContain('these 4 runs')
    expect(await said.textContent()).toContain('50.64 credits')
    expect(await said.textContent()).toContain('10.55 credits')
    await cancel(page)
  })

  it('is asked about once while auto-queue waits for a change, which is off and sane then', async () => {
    const { page, sent } = poor
    await setAutoQueue(page, 'change')
    await changeGraph(page)
    await question(page).waitFor()
    await changeGraph(page)
    await cancel(page)
    await eventually(() => autoQueueMode(page), 'disabled')
    expect(await question(page).count()).toBe(0)
    // The host goes by its own count, which would hold the next change back.
    await setAutoQueue(page, 'change')
    await changeGraph(page)
    await cancel(page)
    await eventually(() => autoQueueMode(page), 'disabled')
    expect(sent()).toBe(0)
  })

  it('is asked about when auto-queue runs at once, which is off then', async () => {
    const { page, sent } = poor
    const [major = 0, minor = 0] = hostVersion.split('.').map(Number)
    await setAutoQueue(page, major === 1 && minor < 45 ? 'instant' : 'instant-running')
    await emptyQueue(page)
    await cancel(page)
    await eventually(() => autoQueueMode(page), 'disabled')
    await emptyQueue(page)
    expect(await question(page).count()).toBe(0)
    expect(sent()).toBe(0)
  })

  it('is stopped through other extensions that wrap before us and after', async () => {
    const { page, sent } = poor
    await wrapQueuePrompt(page)
    const before = await wrapped(page)
    await runButton(page).click()
    await cancel(page)
    // The one that came before us is inside, and is not reached.
    expect((await wrapped(page)) - before).toBe(1)
    expect(sent()).toBe(0)
  })

  it('can be asked about over the open settings', async () => {
    const { page, sent } = poor
    await openCredits(page, 'Overview')
    const looksOfIcons = () =>
      page.locator('.cc-balance-card .cc-icon').evaluateAll((icons) =>
        icons.map((icon) => {
          const { width, color } = getComputedStyle(icon)
          return `${width} ${color}`
        }),
      )
    const before = await looksOfIcons()
    expect(before).not.toEqual([])
    await queueBatch(page, 1)
    await question(page).waitFor()
    // The question has styles of its own, which come after the panel's.
    expect(await looksOfIcons()).toEqual(before)
    await question(page).getByRole('button', { name: 'Cancel' }).click()
    await question(page).waitFor({ state: 'detached' })
    await creditsPanel(page).waitFor()
    await closeSettings(page)
    expect(sent()).toBe(0)
  })

  it('leads to as many credits as it needs', async () => {
    const { page, sent } = poor
    await queueBatch(page, 1)
    await question(page).getByRole('button', { name: 'Buy credits' }).click()
    await popup(page).getByText('needs up to 12.66 credits').waitFor()
    await closePopup(page)
    await closeSettings(page)
    expect(sent()).toBe(0)
  })

  it('goes on without a question when the guard is off', async () => {
    const { page, sent } = poor
    await setSetting(page, GUARD, false)
    const before = sent()
    await queueBatch(page, 1)
    await eventually(async () => sent() - before, 1)
    expect(await question(page).count()).toBe(0)
    await setSetting(page, GUARD, true)
  })

  it('throws nothing into the page', () => {
    expect(poor.errors).toEqual([])
  })

  it('goes on when our own code fails', async () => {
    const { page, sent } = poor
    await page.evaluate(() => {
      HTMLDialogElement.prototype.showModal = function fail() {
        if (this.role === 'alertdialog') document.body.dataset['broken'] = 'yes'
        throw new Error('Broken for a test')
      }
    })
    const before = sent()
    await queueBatch(page, 1)
    await eventually(async () => sent() - before, 1)
    await eventually(() => question(page).count(), 0)
    expect(await page.locator('body[data-broken]').count()).toBe(1)
  })
})

describe(`a balance that covers one of two, on ComfyUI ${hostVersion}`, () => {
  let first: Visit
  beforeAll(async () => {
    first = await visit(ONE_RUN)
  })

  it('lets the first go on and asks about the second, here and in another tab', async () => {
    const { person, page, sent, errors } = first
    await setWidgets(page, { prompt: '[held] a first' })
    await queueBatch(page, 1)
    await eventually(async () => sent(), 1)
    await setWidgets(page, { prompt: 'a second' })
    await queueBatch(page, 1)
    await cancel(page)
    expect(sent()).toBe(1)
    const other = await person.newPage()
    await openComfy(other, world.sandbox.urls.comfyui)
    await keepLoggedIn(other, ONE_RUN)
    await guardIsThere(other)
    await queueBatch(other, 1)
    await cancel(other)
    await other.close()
    await finishHeldJobs(world)
    expect(errors).toEqual([])
  })

  it('runs anyway where the person says so', async () => {
    // Up to 1.45 the other tab has logged the first page out and in: this begins with one of its own.
    const { page, sent } = await visit(ONE_RUN)
    await setWidgets(page, { prompt: 'a third' })
    await queueBatch(page, 1)
    await question(page).getByRole('button', { name: 'Run anyway' }).click()
    await eventually(async () => sent(), 1)
  })
})
