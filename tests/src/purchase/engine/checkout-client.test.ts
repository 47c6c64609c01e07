import { PiniaColada } from '@pinia/colada'
import fc from 'fast-check'
import { createPinia, disposePinia } from 'pinia'
import { describe, expect, it, vi } from 'vitest'
import { createApp } from 'vue'
import { createPanelHost, type PanelHost } from '../../../../sandbox/panel/host.ts'
import { creditsContextKey } from '../../../../src/context.ts'
import { isLost, isOpen, mayClose, type Progress } from '../../../../src/purchase/engine/flow.ts'
import { readPurchases } from '../../../../src/purchase/engine/purchase-storage.ts'
import { usePurchaseStore } from '../../../../src/purchase/store.ts'
import { useBillingAccountStore } from '../../../../src/billing-account/store.ts'
import { useSessionStore } from '../../../../src/session/store.ts'
import { Browser, browserTests, useBrowser, type Tab } from '../../support/browser.ts'
import {
  MoneyService,
  type Contract,
  type Session,
  type Trouble,
} from '../../support/money-service.ts'
import { runs } from '../../support/runs.ts'

/**
 * The purchase stores as they are, in tabs of a browser that is a model, against a service that is
 * one: whatever people do, the network loses and whichever tab is killed at whatever point, the
 * promises below hold.
 */

browserTests()

/** Far fewer than of the flow alone, because each run has pages, a network and a service. */
const RUNS = runs(200, 20)

/** The same runs each time, so that who breaks nothing finds nothing broken; look further by others. */
const SEED = Number(process.env['FLOW_SEED'] ?? 1)

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

const PERSON = { id: 'token:person', login: 'token' } as const
const TEAM = { id: 'team', name: 'Team', type: 'team', role: 'owner' } as const

/** ComfyUI in one tab. */
interface Page {
  readonly tab: Tab
  readonly host: PanelHost
  readonly store: ReturnType<typeof usePurchaseStore>
  readonly billing: ReturnType<typeof useBillingAccountStore>
  /** When this page has reported their ends, by attempt, in waking time. */
  readonly endedAt: Map<string, number>
  readonly close: () => void
}

class World {
  readonly browser: Browser
  readonly service: MoneyService
  readonly pages: Page[] = []
  readonly wrong: string[] = []
  /** How many purchases people have asked for, a double click being one. */
  wanted = 0
  readonly putAway = new Set<string>()
  private readonly usedEvents = new Map<string, string>()

  constructor(
    readonly contract: Contract,
    { hasLocks, skewMs }: { readonly hasLocks: boolean; readonly skewMs: number },
  ) {
    this.browser = new Browser(hasLocks)
    this.service = new MoneyService(this.browser, contract, skewMs)
    useBrowser(this.browser)
    this.browser.onWrite = (key, value) => this.checkWritten(key, value)
    this.service.onMade = (made) => this.checkMade(made)
    this.service.onAsked = ({ tab, id }) => this.checkAsked(tab, id)
  }

  get accountKey(): string {
    return this.contract === 'workspace' ? `${PERSON.id}:${TEAM.id}` : PERSON.id
  }

  alive(index: number): Page | null {
    const alive = this.pages.filter(({ tab }) => tab.alive)
    return alive[index % Math.max(1, alive.length)] ?? null
  }

  async open(): Promise<void> {
    if (this.pages.filter(({ tab }) => tab.alive).length >= 3) return
    const tab = this.browser.open()
    await this.browser.act(tab, () => {
      const host = createPanelHost({
        account: PERSON,
        returnUrl: 'https://comfy.invalid/return.html',
        ...(this.contract === 'workspace' && {
          billingContext: { state: 'workspace', workspace: TEAM, rail: null },
        }),
      })
      this.pages.push(this.pageIn(tab, host))
    })
  }

  private pageIn(tab: Tab, host: PanelHost): Page {
    const app = createApp({ render: () => null })
    const pinia = createPinia()
    app.provide(creditsContextKey, { host, api: this.service.apiFor(tab) })
    app.use(pinia)
    app.use(PiniaColada, { pinia })
    const [store, billing, session] = app.runWithContext(() => [
      usePurchaseStore(),
      useBillingAccountStore(),
      useSessionStore(),
    ])
    session.shown = true
    store.dialogOpen = true
    const endedAt = new Map<string, number>()
    store.onEnded(({ purchase: { attempt } }) => endedAt.set(attempt, this.browser.awakeMs))
    const close = (): void => disposePinia(pinia)
    return { tab, host, store, billing, endedAt, close }
  }

  kept(): Progress[] {
    const { stored } = this.browser
    const storage = {
      length: stored.size,
      key: (index: number) => [...stored.keys()][index] ?? null,
      getItem: (key: string) => stored.get(key) ?? null,
    } as Storage
    return readPurchases(storage, this.accountKey)
  }

  private sessionOf(progress: Progress): Session | undefined {
    const { attempt, checkoutUrl } = progress.purchase
    return this.service.sessions.find((session) =>
      session.attempt === null ? session.url === checkoutUrl : session.attempt === attempt,
    )
  }

  private checkWritten(key: string, value: string | null): void {
    if (!key.startsWith('comfyui-credits:purchase:')) return
    if (value === null) {
      this.wrong.push(`${key} was forgotten`)
      return
    }
    const progress = this.kept().find(({ purchase }) => key.endsWith(`:${purchase.attempt}`))
    if (!progress) {
      this.wrong.push(`${key} cannot be read`)
      return
    }
    const { attempt } = progress.purchase
    const session = this.sessionOf(progress)
    const charge = this.service.charges.find((each) => each.attempt === attempt)
    const state = session?.state ?? charge?.state
    const untrue = {
      failed: progress.step === 'failed' && (session ?? charge?.state === 'succeeded'),
      expired: progress.step === 'expired' && state !== 'expired',
      declined: progress.step === 'declined' && state !== 'failed',
      closed: progress.step === 'closed' && !this.putAway.has(attempt),
      credited: progress.step === 'credited' && !this.isProved(progress),
    }
    for (const [step, is] of Object.entries(untrue)) {
      if (is) this.wrong.push(`${attempt} is said to be ${step}, and is ${state ?? 'not made'}`)
    }
  }

  private isProved(progress: Progress & { readonly step: 'credited' }): boolean {
    const { evidence, purchase } = progress
    const { sessions, charges, events } = this.service
    switch (evidence.from) {
      case 'checkout-status':
        // Without a key while it was not known what the service takes.
        return sessions.some(
          ({ id, attempt, state }) =>
            id === evidence.sessionId &&
            (attempt ?? purchase.attempt) === purchase.attempt &&
            state === 'credited',
        )
      case 'operation':
        return charges.some(
          ({ id, attempt, state }) =>
            id === evidence.operationId && attempt === purchase.attempt && state === 'succeeded',
        )
      case 'account-event': {
        const event = events.find(({ event_id }) => event_id === evidence.eventId)
        const usedBy = this.usedEvents.get(evidence.eventId) ?? purchase.attempt
        this.usedEvents.set(evidence.eventId, usedBy)
        const amount = Number(event?.params?.['amount']) * 10_000
        return usedBy === purchase.attempt && amount === purchase.usdMicros
      }
      case 'balance':
        return false
    }
  }

  /** Nothing is made that nobody would know of after a crash. */
  private checkMade({ attempt, usdMicros }: { attempt: string | null; usdMicros: number }): void {
    const known = this.kept().some(
      ({ step, purchase }) =>
        step !== 'failed' &&
        (attempt === null
          ? purchase.usdMicros === usdMicros && purchase.checkoutUrl === null
          : purchase.attempt === attempt),
    )
    if (!known) this.wrong.push(`${attempt ?? usdMicros} was made, and is not kept`)
    const { sessions, charges } = this.service
    const made = sessions.length + charges.length
    if (made > this.wanted) this.wrong.push(`${made} were made, and ${this.wanted} were wanted`)
  }

  /** A question about several may have been begun before; none takes longer than its time-outs. */
  private checkAsked(tab: Tab, id: string): void {
    const { awakeMs, hasLocks } = this.browser
    const page = this.pages.find((each) => each.tab === tab)
    const about = page?.store.purchases.find(
      ({ purchase }) => purchase.sessionId === id || purchase.operationId === id,
    )
    const endedAt = page?.endedAt.get(about?.purchase.attempt ?? '') ?? awakeMs
    if (about && !isOpen(about) && awakeMs - endedAt > MINUTE) {
      this.wrong.push(`${id} is asked about after its end`)
    }
    // A lease may run out while its tab is asleep; a lock is had by one.
    if (hasLocks && !this.browser.hasHeld(tab, ':ask:', MINUTE)) {
      this.wrong.push(`${id} is asked about by a tab whose turn it is not`)
    }
  }

  async buy(
    page: Page,
    usd: number,
    { clicks, startOver }: { clicks: number; startOver: boolean },
  ) {
    const { store, tab } = page
    await this.browser.act(tab, () => {
      if (startOver) store.show(null)
      const { step } = store.state
      if (page.billing.account === null || (step !== 'choosing' && step !== 'failed')) return
      this.wanted += 1
      for (let click = 0; click < clicks; click += 1)
        void store.buy(usd * 1e6, this.paymentTab(tab))
    })
  }

  paymentTab(tab: Tab) {
    return {
      open: true,
      go: (url: string) => {
        if (this.browser.effect(tab)) this.service.see(url)
      },
      close: () => {},
    }
  }

  /** The line is good and a tab is open: how has everything ended? */
  async comeToRest(): Promise<Page> {
    this.service.troubles = []
    await this.open()
    const page = this.alive(0)
    if (!page) throw new Error('No tab is open')
    page.tab.fuse = null
    await this.browser.act(page.tab, () => {
      page.tab.visible = true
      page.host.login(PERSON)
    })
    // As long as the slowest webhook; then somebody looks once more.
    await this.browser.advance(21 * MINUTE)
    await this.browser.act(page.tab, () => this.browser.emit(page.tab, 'window', 'focus'))
    await this.browser.advance(2 * MINUTE)
    return page
  }

  async checkRest(page: Page): Promise<void> {
    for (const progress of page.store.purchases) {
      const { step, purchase } = progress
      if (step === 'creating') this.wrong.push(`${purchase.attempt} is being made for ever`)
      if (step === 'credited' || this.putAway.has(purchase.attempt)) continue
      const charge = this.service.charges.find((each) => each.attempt === purchase.attempt)
      const paid = this.sessionOf(progress)?.state === 'credited' || charge?.state === 'succeeded'
      if (paid && !page.store.unclear.has(purchase.attempt)) {
        this.wrong.push(`${purchase.attempt} was paid, and is ${step}`)
      }
    }
    const known = new Set(page.store.purchases.map(({ purchase }) => purchase.attempt))
    for (const { purchase } of this.kept()) {
      if (!known.has(purchase.attempt))
        this.wrong.push(`${purchase.attempt} is kept, and not shown`)
    }
    await this.browser.act(page.tab, () => page.store.show(null))
    if (page.store.state.step !== 'choosing') this.wrong.push('There is no way to another purchase')
  }
}

type Step = (world: World) => Promise<void> | void

const index = fc.nat(2)
const usd = fc.constantFrom(5, 25)
const ms = fc.constantFrom(10, 90, 300, 1500, 5 * SECOND, 25 * SECOND, 3 * MINUTE, 20 * MINUTE)
const anyTrouble = fc.constantFrom<Trouble[]>(
  'none',
  'offline',
  'answer lost',
  'answer garbled',
  'late',
  'doubled',
  'too many',
  'refused',
  'server',
)

const inPage =
  (at: number, run: (page: Page, world: World) => void): Step =>
  async (world) => {
    const page = world.alive(at)
    if (page) await world.browser.act(page.tab, () => run(page, world))
  }

const nth = <T>(all: readonly T[], at: number): T | undefined => all[at % Math.max(1, all.length)]

/** A step of somebody or something, with words for a run that fails. */
const named = (words: string, step: Step): Step => Object.assign(step, { toString: () => words })

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: ms.map((time) => named(`${time} ms`, (world) => world.browser.advance(time))),
  },
  {
    weight: 5,
    arbitrary: fc
      .tuple(index, usd, fc.integer({ min: 1, max: 2 }), fc.boolean())
      .map(([at, amount, clicks, startOver]) =>
        named(`buy ${amount} in ${at}, ${clicks} clicks, ${startOver}`, async (world) => {
          const page = world.alive(at)
          if (page) await world.buy(page, amount, { clicks, startOver })
        }),
      ),
  },
  {
    weight: 2,
    arbitrary: usd.map((amount) =>
      named(`buy ${amount} in two tabs at once`, async (world) => {
        await world.open()
        await world.browser.advance(300)
        const [one, two] = [world.alive(0), world.alive(1)]
        if (!one || !two || one === two) return
        const before = world.wanted
        for (const page of [one, two]) {
          await world.buy(page, amount, { clicks: 1, startOver: false })
        }
        world.wanted = Math.min(world.wanted, before + 1)
      }),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(index, usd).map(([at, amount]) =>
      named(
        `charge ${amount} in ${at}`,
        inPage(at, ({ store }, world) => {
          if (!store.hasCard) return
          store.confirm(amount * 1e6)
          if (store.state.step !== 'confirming') return
          world.wanted += 1
          void store.charge()
          void store.charge()
        }),
      ),
    ),
  },
  {
    weight: 3,
    arbitrary: index.map((at) =>
      named(
        `try again in ${at}`,
        inPage(at, ({ store, tab }, world) => {
          const { state } = store
          if (!isLost(state) || !('purchase' in state) || !store.mayRepeat(state.purchase)) return
          void store.repeat(state, world.paymentTab(tab))
        }),
      ),
    ),
  },
  {
    weight: 5,
    arbitrary: fc.tuple(fc.nat(5), ms).map(([at, webhookMs]) =>
      named(`pay ${at}, webhook ${webhookMs} ms later`, ({ service }) => {
        const session = nth(service.sessions, at)
        if (session) service.pay(session, webhookMs)
        const charge = nth(service.charges, at)
        if (charge) service.decide(charge, at === 5 ? 'failed' : 'succeeded')
      }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.nat(5), fc.constantFrom('expired' as const, 'failed' as const))
      .map(([at, state]) =>
        named(`${at} is ${state}`, ({ service }) => {
          const session = nth(service.sessions, at)
          if (session) service.end(session, state)
        }),
      ),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(index, fc.option(fc.nat(8))).map(([at, effects]) =>
      named(`kill ${at} after ${effects ?? 0} effects`, (world) => {
        const page = world.alive(at)
        if (page && effects === null) world.browser.kill(page.tab)
        else if (page) page.tab.fuse = effects
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: index.map((at) =>
      named(`close ${at}`, async (world) => {
        const page = world.alive(at)
        if (!page) return
        await world.browser.act(page.tab, () => world.browser.emit(page.tab, 'window', 'pagehide'))
        world.browser.kill(page.tab)
      }),
    ),
  },
  { weight: 4, arbitrary: fc.constant(named('open', (world) => world.open())) },
  {
    weight: 3,
    arbitrary: fc.tuple(index, fc.boolean()).map(([at, visible]) =>
      named(
        `${visible ? 'look at' : 'turn away from'} ${at}`,
        inPage(at, ({ tab }, { browser }) => {
          tab.visible = visible
          browser.emit(tab, 'document', 'visibilitychange')
          if (visible) browser.emit(tab, 'window', 'focus')
        }),
      ),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.nat(5), fc.constantFrom('success', 'cancelled')).map(([at, outcome]) =>
      named(`back from ${at}: ${outcome}`, (world) => {
        const attempt = nth(world.kept(), at)?.purchase.attempt ?? null
        world.browser.broadcast({ kind: 'checkout-returned', attempt, outcome })
      }),
    ),
  },
  {
    weight: 6,
    arbitrary: fc.array(anyTrouble, { minLength: 1, maxLength: 4 }).map((troubles) =>
      named(`troubles: ${troubles.join(', ')}`, ({ service }) => {
        service.troubles = troubles
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(index, fc.nat(5)).map(([at, which]) =>
      named(
        `put ${which} away in ${at}`,
        inPage(at, ({ store }, world) => {
          const progress = nth(store.purchases, which)
          if (!progress) return
          const withdrawn = progress.step === 'creating' && progress.purchase.way === 'page'
          if (!withdrawn && !mayClose(progress)) return
          // Of two clicks in two tabs the other may now go ahead.
          world.wanted += 1
          world.putAway.add(progress.purchase.attempt)
          store.close(progress.purchase.attempt)
        }),
      ),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(index, fc.boolean()).map(([at, out]) =>
      named(
        `log ${out ? 'out' : 'in'} in ${at}`,
        inPage(at, ({ host }) => (out ? host.logout() : host.login(PERSON))),
      ),
    ),
  },
  {
    weight: 1,
    arbitrary: ms.map((time) => named(`sleep ${time} ms`, ({ browser }) => browser.sleep(time))),
  },
)

const anyWorld = fc.record({
  contract: fc.constantFrom<Contract[]>('extended', 'plain', 'workspace'),
  hasLocks: fc.boolean(),
  skewMs: fc.constantFrom(-30 * SECOND, 0, 30 * SECOND),
})

/** Checks what any steps in any world lead to; `rest` what is left when all is quiet again. */
async function expectAlways(
  numRuns: number,
  rest: (world: World, page: Page) => Promise<void> | void,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(
      anyWorld,
      fc.array(anyStep, { minLength: 4, maxLength: 25, size: 'max' }),
      async ({ contract, ...settings }, steps) => {
        const world = new World(contract, settings)
        try {
          await world.open()
          await world.browser.advance(300)
          for (const step of steps) {
            await step(world)
            expect(world.wrong).toEqual([])
          }
          await rest(world, await world.comeToRest())
          expect(world.wrong).toEqual([])
        } finally {
          for (const { close } of world.pages) close()
        }
      },
    ),
    { numRuns, seed: SEED },
  )
}

vi.setConfig({ testTimeout: 300_000 })

describe('whatever people, tabs and the network do', () => {
  it('credits are said only by evidence, no purchase is forgotten or made twice, and every payment is reported', async () => {
    await expectAlways(RUNS, (world, page) => world.checkRest(page))
  })

  it('nothing is asked for ever', async () => {
    await expectAlways(Math.ceil(RUNS / 4), async ({ browser, service }, page) => {
      await browser.advance(90 * MINUTE)
      const before = service.calls
      await browser.advance(2 * HOUR)
      expect(page.store.nextPollAt).toBeNull()
      expect(service.calls).toBe(before)
    })
  })
})
