import { randomUUID } from 'node:crypto'
import type { BrowserContext, Page, Request, Route } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { whyLacking } from '../../scripts/behaviours.ts'
import {
  balance,
  clearKey,
  closeSettings,
  creditsEntry,
  creditsPanel,
  enterKey,
  isLoggedIn,
  logIn,
  logInDirectly,
  logOut,
  openComfy,
  openCredits,
  openSettings,
  waitForLogin,
} from '../support/pages/comfy.ts'
import { eventually } from './support/eventually.ts'
import { buy, closePopup } from '../support/pages/purchase.ts'
import { leaveAsGuest, sharePage } from './support/shared-page.ts'
import { watchRequests } from './support/watch-requests.ts'
import { hostVersion, openWorld, overPlainHttp, type World } from './support/world.ts'

/** It asks for a key's user with a token there is none of, and drops the key. */
const losesKeys = whyLacking('login-key', hostVersion) !== null

/** Seen on 1.45.21: a tab goes on with its login, and its token, after the logout in another. */
const hearsOtherTabs = Number(hostVersion.split('.')[1]) >= 58

const USER = 'user@example.com'
const NEGATIVE = 'negative@example.com'
const USER_CREDITS = '2110'
const NEGATIVE_CREDITS = '-886.2'

let world: World
let person: BrowserContext
let page: Page
let errors: string[]
let settled: () => Promise<void>

beforeAll(async () => {
  world = await openWorld({ keysOf: [NEGATIVE] })
})
afterAll(() => world.close())
// Each test begins with nobody logged in.
const shared = sharePage({
  newPerson: () => world.newPerson(),
  open: (fresh) => openComfy(fresh, world.sandbox.urls.comfyui),
  mend: leaveAsGuest,
})
beforeEach(() => {
  ;({ person, page, errors } = shared())
  settled = watchRequests(page)
})
afterEach(() => {
  if (errors.length > 0) throw new Error(errors.join('\n'))
})

const credits = () => balance(page).getAttribute('data-credits')
const refresh = () => page.getByRole('button', { name: 'Refresh balance' }).click()

/** What the page's requests to the service arrive with: here or, where the driver leads, as asked. */
async function intercept(path: string, handler: (route: Route) => Promise<void>): Promise<void> {
  const led = overPlainHttp ? 'https://*.comfy.org' : world.sandbox.urls.credits
  await page.route(`${led}${path}`, async (route) => {
    // The host asks for the balance too; its fetch names no kinds of answer.
    const ours = route.request().headers()['accept']?.includes('application/json')
    await (ours ? handler(route) : route.fallback())
  })
}

const refuse = (route: Route): Promise<void> =>
  route.fulfill({
    status: 401,
    headers: { 'Access-Control-Allow-Origin': '*' },
    json: { message: 'The token has expired.' },
  })

/** Every figure that was on screen, also for one frame, since this was called. */
async function watchFigures(): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const seen = new Set<string>()
    const look = () => {
      for (const element of document.querySelectorAll<HTMLElement>('[data-credits]'))
        seen.add(element.dataset['credits'] ?? '')
    }
    Object.assign(window, { figuresSeen: seen })
    new MutationObserver(look).observe(document, {
      subtree: true,
      childList: true,
      attributes: true,
      attributeFilter: ['data-credits'],
    })
  })
  return () => page.evaluate(() => [...(Reflect.get(window, 'figuresSeen') as Set<string>)])
}

describe(`a login on ComfyUI ${hostVersion}`, () => {
  it(
    'by e-mail shows the credits, and is found again after a reload',
    { tags: ['login-email', 'reload'] },
    async () => {
      await logIn(page, USER)
      await openCredits(page, 'Overview')
      await eventually(credits, USER_CREDITS)
      await openComfy(page, world.sandbox.urls.comfyui)
      await openCredits(page, 'Overview')
      await eventually(credits, USER_CREDITS)
    },
  )

  it.each([
    ['google.com', 'google@example.com'],
    ['github.com', 'github@example.com'],
  ])('that came by %s is one when it was stored', async (provider, email) => {
    await logIn(page, email)
    // The host asks who the stored login is: from here on it is one of that provider's.
    await openComfy(page, world.sandbox.urls.comfyui)
    await waitForLogin(page, true)
    expect(await providerOf(page)).toBe(provider)
    await openCredits(page, 'Overview')
    await eventually(credits, '0')
  })

  if (hearsOtherTabs) otherTabTests()
})

function otherTabTests(): void {
  it('that ends in another tab ends here', async () => {
    await logInDirectly(page, USER)
    await openCredits(page, 'Overview')
    const other = await person.newPage()
    await openComfy(other, world.sandbox.urls.comfyui)
    await logOut(other)
    await creditsPanel(page).waitFor({ state: 'detached' })
    await eventually(() => creditsEntry(page).isVisible(), false)
    expect(await isLoggedIn(page)).toBe(false)
  })
}

/** How the host believes that this person signed up. */
function providerOf(of: Page): Promise<unknown> {
  return of.evaluate(() => {
    const manager: unknown = window.comfyAPI?.app.app.extensionManager
    const { _p } = manager as { readonly _p: { readonly _s: ReadonlyMap<string, unknown> } }
    const store = (_p._s.get('auth') ?? _p._s.get('firebaseAuth')) as {
      readonly currentUser: { readonly providerData: readonly { readonly providerId: string }[] }
    }
    return store.currentUser.providerData[0]?.providerId
  })
}

describe(`a token on ComfyUI ${hostVersion}`, () => {
  beforeEach(async () => {
    await logInDirectly(page, USER)
    await openCredits(page, 'Overview')
    await eventually(credits, USER_CREDITS)
    await settled()
  })

  it('that runs out in the middle of a request is renewed, and the request repeated once', async () => {
    const tokens: (string | undefined)[] = []
    await intercept('/customers/balance', async (route) => {
      tokens.push(route.request().headers()['authorization'])
      await (tokens.length === 1 ? refuse(route) : route.fallback())
    })
    // Google's address, or the sandbox's where that takes its place.
    const renewal = page.waitForRequest(/\/v1\/token\b/)
    await refresh()
    await renewal
    await eventually(async () => tokens.length, 2)
    await page.getByText('Updated just now').waitFor()
    expect(tokens.every((token) => token?.startsWith('Bearer '))).toBe(true)
    expect(await creditsPanel(page).getByRole('alert').count()).toBe(0)
    expect(tokens).toHaveLength(2)
  })

  it('that is refused for good is said to be, with what to do, and is not sent on and on', async () => {
    let asked = 0
    await intercept('/customers/balance', async (route) => {
      asked += 1
      await refuse(route)
    })
    await refresh()
    await creditsPanel(page).getByText('Your login was not accepted. Log out and in').waitFor()
    expect(asked).toBe(2)
    // The last figure is still there, and still says its age.
    expect(await credits()).toBe(USER_CREDITS)
    await page.unrouteAll()
    await logOut(page)
    await logInDirectly(page, USER)
    await openCredits(page, 'Overview')
    await page.getByText('Updated just now').waitFor()
    expect(await credits()).toBe(USER_CREDITS)
    expect(await creditsPanel(page).getByRole('alert').count()).toBe(0)
  })
})

describe(`a session that was ended elsewhere, on ComfyUI ${hostVersion}`, () => {
  it('is said to be over, and leaves nothing of ours on the page', async () => {
    const email = `elsewhere-${randomUUID()}@example.com`
    const first = await identity('signUp', { email, password: 'Passw0rd!' })
    await logInDirectly(page, email)
    await openCredits(page, 'Overview')
    await eventually(credits, '0')
    await settled()
    // On another machine: changing the password ends all other sessions.
    await identity('update', { idToken: first['idToken'], password: 'An0ther!pass' })
    await intercept('/customers/balance', refuse)
    await refresh()
    await page.getByText('You’ve been signed out. Sign in again').first().waitFor()
    await creditsPanel(page).waitFor({ state: 'detached' })
    await eventually(() => creditsEntry(page).isVisible(), false)
    expect(await isLoggedIn(page)).toBe(false)
  })
})

async function identity(call: string, body: object): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(`${world.sandbox.urls.identity}/v1/accounts:${call}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  expect(response.status).toBe(200)
  return (await response.json()) as Readonly<Record<string, unknown>>
}

describe(`an API key on ComfyUI ${hostVersion}`, () => {
  if (losesKeys) lostKeyTests()
  else keyTests()
})

function lostKeyTests(): void {
  it('is lost by the host itself: nothing of ours is there, and nothing breaks', async () => {
    await enterKey(page, world.sandbox.apiKey)
    await eventually(() => page.evaluate(() => localStorage.getItem('comfy_api_key')), null)
    await openSettings(page)
    expect(await creditsEntry(page).count()).toBe(0)
    await closeSettings(page)
    await logIn(page, USER)
    await openCredits(page, 'Overview')
    await eventually(credits, USER_CREDITS)
    // What the host itself throws into its page, and nothing else.
    expect(errors.splice(0)).toEqual([expect.stringContaining('There is no Comfy user')])
  })
}

function keyTests(): void {
  it(
    'shows its user’s credits, is found again after a reload, and ends when it is cleared',
    { tags: 'login-key' },
    async () => {
      const warnings: string[] = []
      page.on('console', (message) => {
        if (message.text().startsWith('ComfyUI Credits:')) warnings.push(message.text())
      })
      await enterKey(page, world.sandbox.apiKey)
      await openCredits(page, 'Overview')
      await eventually(credits, USER_CREDITS)
      await openComfy(page, world.sandbox.urls.comfyui)
      await openCredits(page, 'Overview')
      await eventually(credits, USER_CREDITS)
      await clearKey(page)
      await creditsPanel(page).waitFor({ state: 'detached' })
      await eventually(() => creditsEntry(page).isVisible(), false)
      expect(await isLoggedIn(page)).toBe(false)
      expect(warnings).toEqual([])
    },
  )

  it(
    'in another’s place brings its own credits, and none of the first’s are seen meanwhile',
    { tags: ['login-key', 'switch-user'] },
    async () => {
      await enterKey(page, world.sandbox.apiKey)
      await openCredits(page, 'Overview')
      await eventually(credits, USER_CREDITS)
      await enterKey(page, keyOf(NEGATIVE))
      const figures = await watchFigures()
      await openCredits(page, 'Overview')
      await eventually(credits, NEGATIVE_CREDITS)
      // Of the first one the balance, and the row of how it came about.
      expect(await figures()).not.toContain(USER_CREDITS)
    },
  )

  it('that is refused is not sent again by itself', async () => {
    await enterKey(page, world.sandbox.apiKey)
    await openCredits(page, 'Overview')
    await eventually(credits, USER_CREDITS)
    await settled()
    let asked = 0
    await intercept('/customers/balance', async (route) => {
      asked += 1
      await refuse(route)
    })
    await refresh()
    await creditsPanel(page).getByText('Your login was not accepted. Log out and in').waitFor()
    expect(asked).toBe(1)
  })
}

function keyOf(email: string): string {
  const key = world.keys.get(email)
  if (key === undefined) throw new Error(`No key of ${email}`)
  return key
}

describe(`a change of user on ComfyUI ${hostVersion}`, () => {
  it(
    'shows nothing of the first one to the second, even when an answer comes late',
    { tags: ['logout', 'switch-user'] },
    async () => {
      await logIn(page, USER)
      await openCredits(page, 'Overview')
      await eventually(credits, USER_CREDITS)
      const answers = await holdBack('/customers/balance')
      await refresh()
      const question = await answers.held
      await logOut(page)
      await creditsPanel(page).waitFor({ state: 'detached' })

      await logIn(page, NEGATIVE)
      const figures = await watchFigures()
      await openCredits(page, 'Overview')
      await eventually(credits, NEGATIVE_CREDITS)
      const late = overPlainHttp
        ? null
        : page.waitForResponse((response) => response.url().endsWith('/customers/balance'))
      await answers.letGo()
      await late
      // Without a worker in between it is the page's own question, and the logout cuts it off.
      expect(question.failure() !== null).toBe(overPlainHttp)
      await refresh()
      await page.getByText('Updated just now').waitFor()
      expect(await figures()).not.toContain(USER_CREDITS)
      expect(await lastKnown()).toEqual([-4_200_000, 10_000_000])
    },
  )

  it(
    'leaves a payment that is under way to the person who started it',
    { tags: 'switch-user' },
    async () => {
      await logInDirectly(page, 'team@example.com')
      await openCredits(page, 'Overview')
      await eventually(credits, '0')
      const payment = await buy(page, '$10')
      await closePopup(page)
      await page.getByText('Waiting for a payment of $10').waitFor()
      await logOut(page)

      await logInDirectly(page, NEGATIVE)
      const figures = await watchFigures()
      await openCredits(page, 'Overview')
      await eventually(credits, NEGATIVE_CREDITS)
      expect(await page.getByText('Waiting for a payment').count()).toBe(0)
      await payment.getByRole('button', { name: /^Pay/ }).click()
      await eventually(
        async () => payment.isClosed() || payment.url().includes('/return.html'),
        true,
      )
      await refresh()
      await page.getByText('Updated just now').waitFor()
      expect(await page.getByText('Credits added').count()).toBe(0)
      expect(await figures()).not.toContain('2110')

      await logOut(page)
      await logInDirectly(page, 'team@example.com')
      await openCredits(page, 'Overview')
      await eventually(credits, '2110')
    },
  )
})

/** Keeps back the first answer of ours, until it is let go. */
async function holdBack(path: string) {
  let caught: (question: Request) => void = () => {}
  let free: () => void = () => {}
  const held = new Promise<Request>((resolve) => {
    caught = resolve
  })
  const freed = new Promise<void>((resolve) => {
    free = resolve
  })
  let first = true
  await intercept(path, async (route) => {
    if (!first) return route.fallback()
    first = false
    const response = await route.fetch({ url: `${world.sandbox.urls.credits}${path}` })
    caught(route.request())
    await freed
    await route.fulfill({ response })
  })
  return { held, letGo: async () => free() }
}

/** The figures in micro-USD that the browser keeps for the next visit. */
function lastKnown(): Promise<number[]> {
  return page.evaluate(() =>
    Object.entries(localStorage)
      .filter(([name]) => name.startsWith('comfyui-credits:balance:'))
      .map(([, text]) => Number(Reflect.get(JSON.parse(String(text)) as object, 'usdMicros')))
      .toSorted((one, other) => one - other),
  )
}
