import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeEach } from 'vitest'
import {
  clearKey,
  closeSettings,
  isLoggedIn,
  logOut,
  settingsEntries,
} from '../../support/pages/comfy.ts'
import { closePopup } from '../../support/pages/purchase.ts'
import { watchErrors } from './world.ts'

export interface SharedPage {
  readonly person: BrowserContext
  readonly page: Page
  /** No other test has used it. */
  readonly isNew: boolean
  /** Thrown into the page since the test began. */
  readonly errors: string[]
}

interface Sharing {
  readonly newPerson: () => Promise<BrowserContext>
  /** Brings a new page of a new person to where each test begins. */
  readonly open: (page: Page) => Promise<unknown>
  /** Brings a page that a test has used back there, by what its person could do. */
  readonly mend: (page: Page) => Promise<unknown>
}

/**
 * One page for all tests of the file or `describe` that calls this: opening ComfyUI takes longer than
 * most tests. The page is mended before a test and not after it, and is another person's where that
 * fails or the test before has failed, so that no test can spoil the next. Gives the page of the
 * running test. Not for tests of what only the first visit of a browser shows.
 */
export function sharePage({ newPerson, open, mend }: Sharing): () => SharedPage {
  let shared: SharedPage | null = null
  let isSpoilt = false

  async function leave(): Promise<void> {
    await shared?.person.close()
    shared = null
  }

  beforeEach(async () => {
    if (isSpoilt || shared?.page.isClosed()) await leave()
    isSpoilt = false
    if (shared !== null) {
      try {
        await putInOrder(shared)
        await mend(shared.page)
        shared = { ...shared, isNew: false }
      } catch (error) {
        // oxlint-disable-next-line no-console -- slower, and no failure of the test that follows
        console.warn('A shared page could not be mended; the test gets a new one.', error)
        await leave()
      }
    }
    if (shared === null) {
      const person = await newPerson()
      const page = await person.newPage()
      shared = { person, page, isNew: true, errors: watchErrors(page) }
      await open(page)
    }
  })
  afterEach(({ task }) => {
    isSpoilt = task.result?.state === 'fail'
  })
  afterAll(leave)

  return () => {
    if (shared === null) throw new Error('The page is there in tests and in hooks of each.')
    return shared
  }
}

/** What every test may leave behind. */
async function putInOrder({ person, page, errors }: SharedPage): Promise<void> {
  for (const tab of person.pages()) if (tab !== page) await tab.close()
  await page.unrouteAll({ behavior: 'ignoreErrors' })
  await page.bringToFront()
  errors.length = 0
}

/** As before any login: no dialog, nobody logged in, and nothing of ours in localStorage. */
export async function leaveAsGuest(page: Page): Promise<void> {
  await closePopup(page)
  if (await settingsEntries(page).first().isVisible()) await closeSettings(page)
  if (await page.evaluate(() => localStorage.getItem('comfy_api_key') !== null))
    await clearKey(page)
  else if (await isLoggedIn(page)) await logOut(page)
  await page.evaluate(() => {
    for (const name of Object.keys(localStorage)) {
      if (name.startsWith('comfyui-credits:')) localStorage.removeItem(name)
    }
  })
}
