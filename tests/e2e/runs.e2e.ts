import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  closeSettings,
  historyRows,
  logIn,
  openComfy,
  openCredits,
  runCommand,
} from './support/comfy.ts'
import { eventually } from './support/eventually.ts'
import { hostVersion, openWorld, watchErrors, type World } from './support/world.ts'

interface HostNode {
  readonly widgets?: { readonly name: string; value: unknown }[]
}

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
  await logIn(page, 'user@example.com')
})
afterAll(() => world.close())

/** Of the sandbox's default workflow, whose one API node asks for 12.66 credits. */
async function runWith(prompt: string): Promise<void> {
  await page.evaluate((value) => {
    const nodes = (window.comfyAPI?.app.app.graph?.nodes ?? []) as readonly HostNode[]
    for (const widget of nodes.flatMap((node) => node.widgets ?? [])) {
      if (widget.name === 'prompt') widget.value = value
    }
  }, prompt)
  await runCommand(page, 'Comfy.QueuePrompt')
}

async function reload(): Promise<void> {
  await openComfy(page, world.sandbox.urls.comfyui)
  await openCredits(page)
}

/** Newest first. */
const runs = () =>
  historyRows(page, 'run').evaluateAll((rows: HTMLElement[]) =>
    rows.map(({ dataset }) => [dataset['status'], dataset['credits']]),
  )

describe(`runs that this browser keeps, on ComfyUI ${hostVersion}`, () => {
  it('lists a failed run on the next visit, of which the account knows nothing', async () => {
    await openCredits(page)
    await closeSettings(page)
    await runWith('[fail]')
    await openCredits(page)
    await eventually(async () => (await runs()).map(([status]) => status), ['failed'], 40_000)
    await reload()
    await eventually(async () => (await runs()).map(([status]) => status), ['failed'])
  })

  it(
    'follows a run over a reload in the middle of it, as one run',
    { tags: 'reload' },
    async () => {
      await closeSettings(page)
      await runWith('[slow] a valley')
      await openCredits(page)
      await eventually(async () => (await runs())[0], ['running', '-12.66'], 40_000)
      await reload()
      await eventually(async () => (await runs())[0], ['succeeded', '-12.66'], 40_000)
      expect(await runs()).toHaveLength(2)
    },
  )

  it('threw nothing into the page', () => {
    expect(errors).toEqual([])
  })
})
