import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { balanceStreamPaths } from '@comfyui-credits/contract/balance-stream'
import { purchaseSchema } from '@comfyui-credits/contract/schemas'
import {
  balance,
  closeSettings,
  historyRows,
  logInDirectly,
  logOut,
  openComfy,
  openCredits,
} from '../support/pages/comfy.ts'
import { eventually } from './support/eventually.ts'
import { leaveAsGuest, sharePage } from './support/shared-page.ts'
import { watchRequests } from './support/watch-requests.ts'
import { hostVersion, openWorld, overPlainHttp, type World } from './support/world.ts'

/** The service lets an account have so many. */
const PLACES = 30

/** The page's part is the same there, and the sandbox's is shown by the first test. */
const SAME = 'skipped on plain http: the page does the same'

let world: World
let page: Page
let errors: string[]
let settled: () => Promise<void>

beforeAll(async () => {
  // On plain http too: Playwright, which leads a page's requests there, cannot pass a stream on.
  world = await openWorld({ withNetworkMock: true })
})
afterAll(() => world.close())
const shared = sharePage({
  newPerson: () => world.newPerson(),
  open: (fresh) => openComfy(fresh, world.sandbox.urls.comfyui),
  mend: leaveAsGuest,
})
beforeEach(async () => {
  ;({ page, errors } = shared())
  settled = watchRequests(page)
  await logInDirectly(page, 'user@example.com')
})
afterEach(() => {
  if (errors.length > 0) throw new Error(errors.join('\n'))
})

const key = () => ({ 'X-API-KEY': world.sandbox.apiKey })

/** By the same person, on another machine: pays 5 USD. */
async function payElsewhere(beforePaying: () => void = () => {}): Promise<void> {
  const answer = await fetch(`${world.sandbox.urls.credits}/customers/credit`, {
    method: 'POST',
    headers: { ...key(), 'Content-Type': 'application/json' },
    body: JSON.stringify({ amount_micros: 5_000_000, currency: 'usd' }),
  })
  const { checkout_url } = purchaseSchema.parse(await answer.json())
  const elsewhere = await world.newPerson()
  const payment = await elsewhere.newPage()
  await payment.goto(checkout_url)
  beforePaying()
  await payment.getByRole('button', { name: /^Pay/ }).click()
  await payment.waitForURL(({ pathname }) => !pathname.startsWith('/c/pay'))
  await elsewhere.close()
}

/** How many more streams the account may have: all are taken, and given back. */
async function freePlaces(): Promise<number> {
  const places = await Promise.all(Array.from({ length: PLACES }, takePlace))
  for (const { leave } of places) leave()
  // The next stream to open must find a free slot.
  await eventually(async () => {
    const { taken, leave } = await takePlace()
    leave()
    return taken
  }, true)
  return places.filter(({ taken }) => taken).length
}

async function takePlace() {
  const leaving = new AbortController()
  const { ok } = await fetch(world.sandbox.urls.credits + balanceStreamPaths.customer, {
    headers: key(),
    signal: leaving.signal,
  })
  return { taken: ok, leave: () => leaving.abort() }
}

/** Opens the panel, and waits until it listens. */
async function openListening(): Promise<void> {
  const stream = page.waitForResponse((response) =>
    response.url().endsWith(balanceStreamPaths.customer),
  )
  await openCredits(page)
  expect((await stream).status()).toBe(200)
  await eventually(freePlaces, PLACES - 1)
}

const credits = async (): Promise<number> =>
  Number(await balance(page).getAttribute('data-credits'))

describe(`a balance that changes elsewhere, on ComfyUI ${hostVersion}`, () => {
  it.skipIf(overPlainHttp)(
    `is heard of again after the service was killed and started again (${SAME})`,
    async () => {
      await openListening()
      const before = await credits()
      const again = page.waitForResponse(
        (response) => response.url().endsWith(balanceStreamPaths.customer) && response.ok(),
      )
      await world.sandbox.credits.kill()
      await world.sandbox.credits.restart()
      await again
      await settled()
      await payElsewhere()
      await eventually(credits, before + 5 * 211)
    },
  )

  it.skipIf(overPlainHttp)(
    `is listened for only while it is on screen, and by nobody after a logout (${SAME})`,
    async () => {
      expect(await freePlaces()).toBe(PLACES)
      await openListening()
      await closeSettings(page)
      await eventually(freePlaces, PLACES)
      await openListening()
      await logOut(page)
      await eventually(freePlaces, PLACES)
    },
  )

  it('is on screen without a click and without asking by the clock', async () => {
    const asked: string[] = []
    page.on('request', (request) => {
      if (request.url().endsWith('/customers/balance')) asked.push(request.url())
    })
    await openListening()
    await settled()
    const before = await credits()
    const rows = await historyRows(page, 'top-up').count()
    asked.length = 0
    await payElsewhere(() => expect(asked).toEqual([]))
    await eventually(credits, before + 5 * 211)
    await eventually(() => historyRows(page, 'top-up').count(), rows + 1)
    await page.close()
    await eventually(freePlaces, PLACES)
  })
})
