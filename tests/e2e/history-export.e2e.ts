import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { manyRuns } from '../support/builders/many-runs.ts'
import { creditsPanel, openPanel } from '../support/pages/comfy.ts'
import { eventually } from './support/eventually.ts'
import { importRuns } from '../support/pages/import-runs.ts'
import { expectFine } from '../support/pages/looks.ts'
import { hostVersion, openWorld, watchErrors, type World } from './support/world.ts'

const RUNS = 200

let world: World
let page: Page
let errors: string[]
beforeAll(async () => {
  world = await openWorld()
  page = await (await world.newPerson()).newPage()
  errors = watchErrors(page)
  await openPanel(page, world.sandbox.urls.comfyui, 'user@example.com')
  await importRuns(page, [...manyRuns(RUNS, { callsEach: 1 })])
})
afterAll(() => world.close())

const result = () => page.locator('.cc-result').textContent()
const open = (name: string) => creditsPanel(page).getByRole('button', { name, exact: true }).click()
/** Styles and elements of the page around the panel. */
const around = () =>
  page.evaluate(() => [document.head.childElementCount, document.body.childElementCount])

describe(`what is made of the history on ComfyUI ${hostVersion}`, () => {
  it('is drawn as pictures, each of which is a table too, and a click filters the list', async () => {
    await open('Charts')
    const pictures = creditsPanel(page).getByRole('region', { name: 'Charts' })
    const days = pictures.getByRole('img', { name: /^Credits per/ })
    await eventually(
      () =>
        days.evaluate((canvas) => {
          const { width, height } = canvas as HTMLCanvasElement
          const pen = (canvas as HTMLCanvasElement).getContext('2d')
          return pen?.getImageData(0, 0, width, height).data.some((value) => value !== 0)
        }),
      true,
    )
    await expectFine(page, 'pictures')
    await open('Workflows')
    const workflows = pictures.getByRole('region', { name: 'Cost per workflow' })
    await workflows.getByRole('button', { name: 'View table' }).click()
    await workflows.getByRole('button', { name: 'Castle at dusk' }).click()
    await eventually(async () => / of /.test((await result()) ?? ''), true)
    await expectFine(page, 'a table')
  })

  it('is saved as the rows that the list shows', async () => {
    await open('Export')
    const [download] = await Promise.all([page.waitForEvent('download'), open('Save as CSV')])
    const csv = await readFile(await download.path(), 'utf8')
    const lines = csv.trimEnd().split('\r\n').slice(1)
    expect(Number.parseInt((await result()) ?? '', 10)).toBe(lines.length)
    expect(lines.every((line) => line.includes(',Castle at dusk,'))).toBe(true)
    await eventually(() => creditsPanel(page).getByText('Saved as').isVisible(), true)
  })

  it('is printed from a frame of its own, of which nothing stays', async () => {
    const before = await around()
    await open('Print')
    const frame = creditsPanel(page).locator('iframe.cc-print-frame')
    const paper = frame.contentFrame()
    await paper.getByRole('heading', { name: 'Credit history' }).waitFor()
    expect(await paper.getByText('Workflows: Castle at dusk').count()).toBe(1)
    expect(await paper.getByText('Personal account · user@example.com').count()).toBe(1)
    await frame.evaluate((element) =>
      (element as HTMLIFrameElement).contentWindow?.dispatchEvent(new Event('afterprint')),
    )
    await frame.waitFor({ state: 'detached' })
    expect(await around()).toEqual(before)
    expect(errors).toEqual([])
  })
})
