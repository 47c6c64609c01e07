import type { BrowserContext, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { forbidOutside } from '../support/pages/api-nodes-off.ts'
import {
  balance,
  closeSettings,
  creditsEntry,
  creditsPanel,
  logInDirectly,
  logOut,
  openComfy,
  openCredits,
  openSettings,
  runCommand,
  settingsEntry,
  switchGuardOff,
} from '../support/pages/comfy.ts'
import { leaveDialogs, openDialogs } from './support/dialogs.ts'
import { eventually } from './support/eventually.ts'
import { popup } from '../support/pages/purchase.ts'
import { hasWorkspaces } from '../support/pages/workspaces.ts'
import { hostVersion, openWorld, watchErrors, type World } from './support/world.ts'

const TAKE_OVER = 'ComfyUICredits.TakeOver'

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
})
afterEach(async () => {
  await leaveDialogs(page)
  const thrown = errors.splice(0)
  if (thrown.length > 0) throw new Error(`Thrown into the page:\n${thrown.join('\n')}`)
})
afterAll(async () => {
  await person.close()
  await world.close()
})

/** The call of ComfyUI's own components, with a component of theirs where ours must not answer. */
async function showDialog(key: string, props: Record<string, unknown>): Promise<void> {
  await page.evaluate(
    ([dialogKey, dialogProps]) => {
      const manager: unknown = window.comfyAPI?.app.app.extensionManager
      const stores = (
        manager as {
          _p: { _s: Map<string, { showDialog: (options: object) => unknown }> }
        }
      )._p._s
      stores.get('dialog')?.showDialog({
        key: dialogKey,
        props: dialogProps,
        component: { template: '<i data-theirs />', render: () => null },
      })
    },
    [key, props] as const,
  )
}

async function setTakeOver(value: boolean): Promise<void> {
  await page.evaluate(
    async ([id, chosen]) => {
      const manager: unknown = window.comfyAPI?.app.app.extensionManager
      const { setting } = manager as {
        setting: { set: (id: string, value: boolean) => Promise<void> }
      }
      await setting.set(id, chosen)
    },
    [TAKE_OVER, value] as const,
  )
}

const userMenu = () => page.locator('.current-user-popover, [data-testid="current-user-popover"]')

/** ComfyUI's own menu behind the person's picture. */
async function openUserMenu(): Promise<void> {
  await page.getByRole('button', { name: 'Current user', exact: true }).first().click()
  await userMenu().first().waitFor()
}

/** Where there are workspaces the menu names those, and a plan only to those who have one. */
async function expectWorkspaceSettings(): Promise<void> {
  await userMenu().locator('[data-testid="workspace-settings-menu-item"]').first().click()
  await settingsEntry(page, 'workspace').waitFor()
  expect(await creditsPanel(page).count()).toBe(0)
}

async function expectPlanToBeOurs(): Promise<void> {
  await userMenu().locator('[data-testid="manage-plan-menu-item"]').first().click()
  await creditsPanel(page).waitFor()
}

const inView = (shown: Locator) =>
  shown.evaluate((element) => {
    const box = element.getBoundingClientRect()
    const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)
    return top !== null && (element.contains(top) || top.contains(element))
  })

/** In order, on one page: nobody is logged in, then a person, nobody again, then another. */
describe(`our entry and commands in ComfyUI ${hostVersion}`, () => {
  it('say to log in when nobody is, and show nothing else', async () => {
    await runCommand(page, 'ComfyUICredits.Open')
    await page.getByText('Log in to ComfyUI to use your credits.').first().waitFor()
    expect(await openDialogs(page)).toEqual([])
  })

  it('are found by the search in settings, and the choice is below the panel', async () => {
    await logInDirectly(page, 'user@example.com')
    await openSettings(page)
    const search = page.getByPlaceholder(/search/i).last()
    await search.fill('credits')
    await creditsEntry(page).waitFor()
    await search.fill('')
    // 1.40.0 goes back to its first page a moment after that.
    await openCredits(page)
    const [panel, choice] = await Promise.all([
      page.locator('[data-setting-id="ComfyUICredits.Panel"]').boundingBox(),
      page.locator(`[data-setting-id="${TAKE_OVER}"]`).boundingBox(),
    ])
    expect(panel?.y).toBeLessThan(choice?.y ?? 0)
    await page.getByText('Use this panel for buying credits').waitFor()
    // The host shows the text beside the icon, and hides it when the panel above grows and moves both.
    const icon = page.locator(`[data-setting-id="${TAKE_OVER}"] .pi-info-circle`)
    const tooltip = page.getByText('The user menu, and the message after a run').first()
    await eventually(async () => {
      await icon.hover()
      return tooltip.isVisible()
    }, true)
  })

  it('open, show the history, buy and refresh', async () => {
    await runCommand(page, 'ComfyUICredits.History')
    await creditsPanel(page).getByRole('tab', { name: 'History', selected: true }).waitFor()
    await closeSettings(page)
    await runCommand(page, 'ComfyUICredits.Open')
    await creditsPanel(page).waitFor()
    await closeSettings(page)
    await runCommand(page, 'ComfyUICredits.Refresh')
    await page.getByText('Credit balance: 2,110 credits').first().waitFor()
    await runCommand(page, 'ComfyUICredits.Buy')
    await popup(page).waitFor()
    expect(await creditsPanel(page).isVisible()).toBe(true)
  })
})

describe(`ComfyUI ${hostVersion}'s own ways to credits`, () => {
  it(
    'in the user menu lead to our popup, and those to something else lead there',
    { tags: 'take-over-on' },
    async () => {
      await openUserMenu()
      await (hasWorkspaces ? expectWorkspaceSettings() : expectPlanToBeOurs())
      await closeSettings(page)
      await openUserMenu()
      await userMenu().locator('[data-testid="add-credits-button"]').first().click()
      await popup(page).waitFor()
      expect(await creditsPanel(page).isVisible()).toBe(true)
      expect(await popup(page).getByText('A run was stopped').count()).toBe(0)
    },
  )

  it(
    'lead to our panel also from settings that are open on another page',
    { tags: 'take-over-on' },
    async () => {
      await openSettings(page)
      await settingsEntry(page, 'about').click()
      await creditsPanel(page).waitFor({ state: 'detached' })
      await showDialog('global-settings', { defaultPanel: 'credits' })
      await creditsPanel(page).waitFor()
      await settingsEntry(page, 'about').click()
      await showDialog('top-up-credits', {})
      await popup(page).waitFor()
      expect(await creditsPanel(page).isVisible()).toBe(true)
    },
  )

  it(
    'are its own again at once when the person wants that',
    { tags: 'take-over-off' },
    async () => {
      await openSettings(page)
      await creditsEntry(page).click()
      await page.locator(`[data-setting-id="${TAKE_OVER}"]`).getByRole('switch').click()
      await closeSettings(page)
      await showDialog('top-up-credits', {})
      await eventually(() => openDialogs(page), ['top-up-credits'])
      await setTakeOver(true)
      await showDialog('insufficient-credits-member', {})
      await popup(page).waitFor()
      expect(await creditsPanel(page).isVisible()).toBe(true)
    },
  )

  it('are its own after a logout', async () => {
    await logOut(page)
    await showDialog('top-up-credits', {})
    await eventually(() => openDialogs(page), ['top-up-credits'])
  })

  it(
    'lead to our panel, with our entry in view, and to our popup after a refused run',
    { tags: 'take-over-on' },
    async () => {
      await logInDirectly(page, 'negative@example.com')
      await switchGuardOff(page)
      await runCommand(page, 'Comfy.QueuePrompt')
      await popup(page).waitFor()
      expect(await creditsPanel(page).isVisible()).toBe(true)
      await popup(page).getByText('A run was stopped').waitFor()
      expect(await openDialogs(page)).toEqual(['global-settings'])
      await page.keyboard.press('Escape')
      await popup(page).waitFor({ state: 'hidden' })
      expect(await creditsPanel(page).isVisible()).toBe(true)
      await eventually(() => inView(creditsEntry(page)), true)
    },
  )
})

it(`says on ComfyUI ${hostVersion} with API nodes off why no balance is known`, async () => {
  await forbidOutside(page)
  await openComfy(page, world.sandbox.urls.comfyui)
  await runCommand(page, 'ComfyUICredits.Open')
  // A host with workspaces tries for some seconds before it gives up.
  await creditsPanel(page)
    .getByText('ComfyUI was started with --disable-api-nodes')
    .first()
    .waitFor({ timeout: 40_000 })
  expect(await creditsPanel(page).getByText('cloud cannot be reached').count()).toBe(0)
  expect(await balance(page).getAttribute('data-credits')).not.toBe('0')
})
