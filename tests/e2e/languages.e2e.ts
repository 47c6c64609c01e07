import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { formatUsd } from '../../src/i18n/format.ts'
import { creditsEntry, logIn, openComfy, openSettings, setSetting } from '../support/pages/comfy.ts'
import { allTexts } from '../support/locales.ts'
import { eventually } from './support/eventually.ts'
import { signUp } from './support/new-user.ts'
import { leaveAsGuest, sharePage } from './support/shared-page.ts'
import { hostVersion, openWorld, type World } from './support/world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())
/** The server keeps the language of the test before, and the login is found by English words. */
const inEnglish = (page: Page) => setSetting(page, 'Comfy.Locale', 'en')
const shared = sharePage({
  newPerson: () => world.newPerson(),
  open: async (page) => {
    await openComfy(page, world.sandbox.urls.comfyui)
    await inEnglish(page)
  },
  mend: async (page) => {
    await inEnglish(page)
    await leaveAsGuest(page)
  },
})

/** The texts of a language by their key. */
function wordsOf(language: string) {
  const all = allTexts(language)
  return (key: string): string => {
    const text = all.get(key)
    if (text === undefined) throw new Error(`locales/${language} has no ${key}.`)
    return text
  }
}

/** Logged in, with ComfyUI in `language` from its start. */
async function comfyIn(language: string): Promise<Page> {
  const { page } = shared()
  await logIn(page, (await signUp(world)).email)
  await setSetting(page, 'Comfy.Locale', language)
  await openComfy(page, world.sandbox.urls.comfyui)
  return page
}

/** ComfyUI 1.58 has German texts, but takes no German: its list of languages leaves it out. */
const GERMAN_OR_FRENCH = hostVersion.startsWith('1.40.') ? 'de' : 'fr'

describe.each([
  ['ja', 'ltr'],
  [GERMAN_OR_FRENCH, 'ltr'],
  ['ar', 'rtl'],
])(`on ComfyUI ${hostVersion} in %s`, (language, direction) => {
  it('a person opens Credits, sees the balance, buys credits and sees them arrive', async () => {
    const words = wordsOf(language)
    const t = (key: string) => words(`comfyuiCredits.${key}`)
    const page = await comfyIn(language)
    const { person, errors } = shared()
    await openSettings(page)
    expect(await creditsEntry(page).innerText()).toBe(words('settingsCategories.credits'))
    await creditsEntry(page).click()

    const panel = page.getByRole('region', { name: t('panel.title') })
    await eventually(() => panel.getAttribute('lang'), language)
    expect(await panel.evaluate((element) => getComputedStyle(element).direction)).toBe(direction)
    const balance = panel.getByRole('status', { name: t('balance.name') })
    await eventually(() => balance.getAttribute('data-credits'), '0')

    await panel
      .getByRole('button', { name: t('buy.title') })
      .first()
      .click()
    const popup = page.getByRole('dialog', { name: t('buy.title') })
    await popup.getByRole('button', { name: formatUsd(25, language, { whole: true }) }).click()
    const [payment] = await Promise.all([
      person.waitForEvent('page'),
      popup.getByRole('button', { name: t('buy.buy'), exact: true }).click(),
    ])
    await payment.getByRole('button', { name: /^Pay/ }).click()
    await eventually(() => balance.getAttribute('data-credits'), '5275')
    await popup.getByRole('heading', { name: t('buy.creditedTitle') }).waitFor()
    await popup.getByRole('button', { name: t('buy.done'), exact: true }).click()

    await panel.getByRole('tab', { name: t('tabs.history') }).click()
    const table = panel.getByRole('table', { name: t('history.name') })
    const topUp = table.locator('[data-kind="top-up"]')
    await eventually(() => topUp.getAttribute('data-credits'), '5275')
    expect(errors).toEqual([])
  })
})
