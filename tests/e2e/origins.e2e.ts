import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { whyLacking } from '../../scripts/behaviours.ts'
import {
  balance,
  clearKey,
  closeSettings,
  creditsEntry,
  creditsPanel,
  enterKey,
  historyRows,
  logIn,
  logOut,
  openComfy,
  openCredits,
  openSettings,
  runCommand,
  setSetting,
} from '../support/pages/comfy.ts'
import { eventually } from './support/eventually.ts'
import { buy, closePopup } from '../support/pages/purchase.ts'
import { OUR_FILES, recordRequests, type Asked, type Recording } from './support/requests.ts'
import { hasWorkspaces, switchWorkspace } from '../support/pages/workspaces.ts'
import { hostVersion, openWorld, type World } from './support/world.ts'

const API = 'https://api.comfy.org'
const CLOUD = 'https://cloud.comfy.org'
/** As `--comfy-api-base` would have it. */
const NAMED = 'https://credits.example'
/** The issuer of the tokens that speak for a person; a workspace's token names another. */
const PERSONS = 'https://securetoken.google.com/'

let world: World
let person: BrowserContext
let page: Page
let recording: Recording
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())
beforeEach(async () => {
  person = await world.newPerson()
  // So that the page's timers can be brought forward: whatever would ask later asks now.
  await person.clock.install()
  page = await person.newPage()
  recording = await recordRequests(person, page)
  await openComfy(page, world.sandbox.urls.comfyui)
})
afterEach(() => person.close())

const credits = () => balance(page).getAttribute('data-credits')
const ours = () => recording.asked.filter(({ by }) => by === 'ours')

/** All that makes us ask, and five minutes in which a timer of ours would. */
async function provoke(): Promise<void> {
  await page.evaluate((channel) => {
    for (const type of ['focus', 'pageshow', 'online']) window.dispatchEvent(new Event(type))
    document.dispatchEvent(new Event('visibilitychange'))
    const sender = new BroadcastChannel(channel)
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has none
    sender.postMessage({ kind: 'checkout-returned', attempt: null, outcome: 'success' })
    sender.close()
  }, 'comfyui-credits')
  await page.clock.fastForward('05:00')
  await closeSettings(page)
  await openSettings(page)
  await closeSettings(page)
}

/** The session of an evening: what makes our code ask anything at all. */
async function useCredits(start: string, after: string): Promise<void> {
  await openCredits(page)
  await eventually(credits, start)
  const payment = await buy(page, '$10')
  await payment.getByRole('button', { name: /^Pay/ }).click()
  await eventually(credits, after)
  await closePopup(page)
  await closeSettings(page)
  await runCommand(page, 'Comfy.QueuePrompt')
  await openCredits(page)
  await eventually(() => historyRows(page, 'run').first().getAttribute('data-status'), 'succeeded')
  await setSetting(page, 'ComfyUICredits.TakeOver', false)
  await setSetting(page, 'ComfyUICredits.TakeOver', true)
}

/** The values of both headers that open an account, without the word before a token. */
function secrets(): string[] {
  const sent = recording.asked.flatMap(({ headers }) => [
    headers['authorization']?.replace(/^Bearer /, ''),
    headers['x-api-key'],
  ])
  return [...new Set(sent.filter((value) => value !== undefined && value !== ''))].map(String)
}

/** Kind of credential and the origin it went to, each once. */
function sentBy(who: Asked['by'], since = 0): string[] {
  const sent = recording.asked
    .slice(since)
    .filter(({ by }) => by === who)
    .map(({ headers, origin }) => `${kindOf(headers)} → ${origin}`)
  return [...new Set(sent)].filter((line) => !line.startsWith('nothing')).toSorted()
}

function kindOf(headers: Asked['headers']): string {
  if (headers['x-api-key'] !== undefined) return 'key'
  const token = headers['authorization']?.replace(/^Bearer /, '')
  if (token === undefined) return 'nothing'
  const claims: unknown = JSON.parse(
    Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'),
  )
  const issuer: unknown = Reflect.get(claims as object, 'iss')
  return String(issuer).startsWith(PERSONS) ? 'person' : 'workspace'
}

/** Where a secret could be read later: each place that holds one. */
async function leaks(): Promise<string[]> {
  const kept = await page.evaluate(async () => {
    const own = Object.entries(localStorage).filter(([name]) => /comfyui-?credits/i.test(name))
    const databases = (await indexedDB.databases()).map(({ name }) => name ?? '')
    const contents = await Promise.all(
      databases
        .filter((name) => /comfyui-?credits/i.test(name))
        .map(
          (name) =>
            new Promise<[string, string]>((resolve, reject) => {
              const opening = indexedDB.open(name)
              opening.addEventListener('error', () => reject(new Error(`${name} does not open`)))
              opening.addEventListener('success', () => {
                const stores = [...opening.result.objectStoreNames]
                if (stores.length === 0) return resolve([name, ''])
                const reading = opening.result.transaction(stores)
                const all = stores.map((store) => reading.objectStore(store).getAll())
                reading.addEventListener('complete', () =>
                  resolve([name, JSON.stringify(all.map(({ result }) => result as unknown))]),
                )
              })
            }),
        ),
    )
    return [...own, ...contents].map(([name, text]) => [`storage ${name}`, String(text)] as const)
  })
  const places = [
    ...kept,
    ...recording.console.map((text) => ['console', text] as const),
    ...recording.asked.map(({ url }) => [`URL ${new URL(url).origin}`, url] as const),
    ...recording.asked.map(
      ({ headers, url }) => [`Referer to ${url}`, headers['referer'] ?? ''] as const,
    ),
    ...ours().map(({ body, url }) => [`body to ${url}`, body] as const),
  ]
  const all = secrets()
  if (all.length === 0) throw new Error('No credentials were seen, so there is nothing to find.')
  return places
    .filter(([, text]) => all.some((secret) => decodeURIComponentSafely(text).includes(secret)))
    .map(([place]) => place)
}

function decodeURIComponentSafely(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Of our own files only what ComfyUI itself imports at its start. */
function filesLoaded(): string[] {
  return recording.asked.map(({ url }) => url).filter((url) => url.includes(OUR_FILES))
}

describe(`requests of a session on ComfyUI ${hostVersion}`, () => {
  it(
    'by e-mail: tokens only to their own API, nothing before the login, nothing after',
    { tags: ['login-email', 'logout'] },
    async () => {
      await openSettings(page)
      await closeSettings(page)
      await provoke()
      expect(ours()).toEqual([])
      expect(filesLoaded().filter((url) => url.includes('/chunks/'))).toEqual([])

      await logIn(page, 'user@example.com')
      await useCredits('2110', '4220')
      if (hasWorkspaces) await lookAtTeam()
      expect(ours().length).toBeGreaterThan(0)
      // The credits API is asked by us directly, and never by the service's local address.
      const pageOrigin = new URL(world.sandbox.urls.comfyui).origin
      const outside = new Set(ours().map(({ origin }) => origin))
      expect([...outside].filter((origin) => ![API, CLOUD, pageOrigin].includes(origin))).toEqual(
        [],
      )
      expect(sentBy('ours')).toEqual([
        `person → ${API}`,
        ...(hasWorkspaces ? [`workspace → ${CLOUD}`] : []),
      ])
      expect(sentBy('elsewhere')).toEqual([])
      await logOut(page)
      await creditsPanel(page).waitFor({ state: 'detached' })

      const before = ours().length
      await provoke()
      expect(ours().slice(before)).toEqual([])
      expect(await creditsEntry(page).count()).toBe(0)
      expect(await leaks()).toEqual([])
    },
  )

  it('go to the address that ComfyUI’s server names, where the host takes it, and to no other', async () => {
    await logIn(page, 'user@example.com')
    // Asked by the page: the name it has on plain http is known to the browser alone.
    const features = await page.evaluate(
      async () => (await (await fetch('/api/features')).json()) as object,
    )
    await page.route(`${world.sandbox.urls.comfyui}/api/features`, (route) =>
      route.fulfill({ json: { ...features, comfy_api_base_url: `${NAMED}/v1` } }),
    )
    // The page of the login may still ask: it knows no other address.
    await page.goto('about:blank')
    const before = recording.asked.length
    await openComfy(page, world.sandbox.urls.comfyui)
    await openCredits(page)
    await eventually(async () => sentBy('ours', before).length > 0, true)
    const persons = (by: Asked['by']) =>
      sentBy(by, before).filter((line) => line.startsWith('person'))
    // Nobody answers there; what counts is that ours go where the host's own do.
    const taken = hostVersion.startsWith('1.4') ? API : NAMED
    await eventually(async () => persons('ours'), [`person → ${taken}`])
    const hosts = persons('host').filter((line) => !line.endsWith(CLOUD))
    expect(hosts.filter((line) => line !== `person → ${taken}`)).toEqual([])
    expect(await leaks()).toEqual([])
  })

  if (whyLacking('login-key', hostVersion) === null) keySession()
})

function keySession(): void {
  it(
    'by key: the key only to the APIs it belongs to, and nowhere to be read',
    { tags: 'login-key' },
    async () => {
      await enterKey(page, world.sandbox.apiKey)
      await openCredits(page)
      await eventually(async () => (await credits()) !== null, true)
      const start = await credits()
      const payment = await buy(page, '$10')
      await payment.getByRole('button', { name: /^Pay/ }).click()
      await eventually(async () => Number(await credits()) - Number(start), 2110)
      // The cloud is asked on which rail a workspace is billed, where ComfyUI did not ask before.
      const allowed = [`key → ${API}`, ...(hasWorkspaces ? [`key → ${CLOUD}`] : [])]
      expect(sentBy('ours')).toContain(allowed[0])
      expect(sentBy('ours').filter((line) => !allowed.includes(line))).toEqual([])
      expect(sentBy('elsewhere')).toEqual([])
      expect(secrets()).toContain(world.sandbox.apiKey)
      await closePopup(page)
      await clearKey(page)
      await creditsPanel(page).waitFor({ state: 'detached' })

      const before = ours().length
      await provoke()
      expect(ours().slice(before)).toEqual([])
      expect(await leaks()).toEqual([])
    },
  )
}

/** As somebody else, whose workspace has a billing account of its own. */
async function lookAtTeam(): Promise<void> {
  await logOut(page)
  await logIn(page, 'team@example.com')
  await openCredits(page)
  await switchWorkspace(page, 'Team Studio')
  await eventually(() => creditsPanel(page).locator('[data-purse="workspace"]').count(), 1)
  await eventually(credits, '10550')
}
