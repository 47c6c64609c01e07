// oxlint-disable vitest/no-conditional-expect -- a table's cells differ, and each names its own
import { delay, HttpResponse } from 'msw'
import { setImmediate } from 'node:timers'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import english from '../../../../locales/en/main.json' with { type: 'json' }
import ofPurchases from '../../../../locales/en/purchase.json' with { type: 'json' }
import { PanelAccount } from '../../../../sandbox/panel/account.ts'
import type { Answers } from '../../../../sandbox/panel/handlers.ts'
import type { ApiErrorCode } from '../../../../src/api/port.ts'
import type { TextKey } from '../../../../src/i18n/texts.ts'
import { button, find, fullStorage, panelTests, type OpenPanel } from '../../support/panel.ts'
import { fakeTabs, type FakeTab } from '../../support/purchase.ts'
import { runs } from '../../support/runs.ts'

/**
 * Every step of a purchase, in every trouble: what is said, that nothing is lost, that nothing is
 * paid twice, and that there is a way out. Each cell is a test with the real panel on a network of
 * ours and a clock of its own; each ends with the credits on the account, by the way out it offers.
 */

const httpFaults = {
  offline: () => HttpResponse.error(),
  timeout: () => never,
  400: status(400),
  401: status(401),
  402: status(402),
  403: status(403),
  404: status(404),
  409: status(409),
  422: status(422),
  429: status(429),
  500: status(500),
  '503 with HTML': () => HttpResponse.html('<h1>Service Unavailable</h1>', { status: 503 }),
  'broken JSON': () =>
    new HttpResponse('{"checkout_url": "https', {
      headers: { 'Content-Type': 'application/json' },
    }),
  'wrong types': () =>
    HttpResponse.json({
      checkout_url: 1,
      state: 2,
      events: 'none',
      amount_micros: '1',
      currency: 3,
    }),
} as const satisfies Record<string | number, () => Response | Promise<Response>>

type HttpFault = keyof typeof httpFaults | '30 s slow'
type Fault = HttpFault | 'tab killed'

/** Why a cell is none: there the trouble cannot be, or looks like another that is tested. */
interface Pointless {
  readonly because: string
}
type Table<Cell> = Record<Fault, Cell | Pointless>

const never = new Promise<never>(() => {})
function status(code: number) {
  return () => HttpResponse.json({ message: 'No' }, { status: code })
}

/** What a call that fails so is called in `error.…`. */
const codes: Record<HttpFault, ApiErrorCode> = {
  offline: 'offline',
  timeout: 'timeout',
  400: 'invalid',
  401: 'unauthorized',
  402: 'payment-required',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
  422: 'invalid',
  429: 'rate-limited',
  500: 'server',
  '503 with HTML': 'server',
  'broken JSON': 'unreadable',
  'wrong types': 'unreadable',
  '30 s slow': 'timeout',
}

/**
 * The page is made by one call. `lost`: it may have been made (and here it was), so it is sent
 * again as the same one. `refused`: by the service's word it was not, so a new one is bought.
 */
const create: Table<'lost' | 'refused'> = {
  offline: 'lost',
  timeout: 'lost',
  400: 'refused',
  401: 'refused',
  402: 'refused',
  403: 'refused',
  404: 'refused',
  409: 'refused',
  422: 'refused',
  429: 'refused',
  500: 'lost',
  '503 with HTML': 'lost',
  'broken JSON': 'lost',
  'wrong types': 'lost',
  '30 s slow': 'lost',
  'tab killed': 'lost',
}

const itsOwn = {
  because: 'The payment page is Stripe’s, in a tab of its own, which says itself what is wrong.',
}
/** `unopened`: the tab was closed, or blocked, before it had the address. */
const openPage: Table<'unopened'> = {
  ...(leftOut(itsOwn) satisfies Table<never>),
  'tab killed': 'unopened',
}

/**
 * What happens on Stripe's page is heard of by asking, and the asking has rows of its own.
 * `declined`: it ends, and another is bought. `later`: it is received, and confirmed later.
 * `away`: ComfyUI is offline meanwhile. `unpaid`: the page is closed, which is no cancellation.
 */
const pay: Table<'declined' | 'later' | 'away' | 'unpaid'> = {
  ...(leftOut(itsOwn) satisfies Table<never>),
  offline: 'away',
  402: 'declined',
  '30 s slow': 'later',
  'tab killed': 'unpaid',
}

const noMessage = {
  because: 'However ComfyUI fails to give the return page, no message comes: as “offline”.',
}
/** What the return page tells the first tab; null: nothing comes. Focus does as well. */
const comeBackTo: Table<{ readonly message: unknown }> = {
  ...(leftOut(noMessage) satisfies Table<never>),
  offline: { message: null },
  'broken JSON': { message: '{"kind": "checkout-ret' },
  'wrong types': { message: { kind: 'checkout-returned', attempt: 7, outcome: ['success'] } },
  'tab killed': { message: null },
}

/**
 * A question is asked again by itself, so all of these heal when the trouble is over. `said`: until
 * then the popup says what is wrong. `other way`: that answer would stay the same, so the proof is
 * looked for elsewhere, and found although the trouble goes on.
 */
const ask: Table<'said' | 'other way'> = {
  offline: 'said',
  timeout: 'said',
  400: 'other way',
  401: 'said',
  402: 'said',
  403: 'other way',
  404: 'other way',
  409: 'said',
  422: 'other way',
  429: 'said',
  500: 'said',
  '503 with HTML': 'said',
  'broken JSON': 'other way',
  'wrong types': 'other way',
  '30 s slow': 'said',
  'tab killed': 'said',
}
const rows = {
  /** Where the service can be asked about a session; the other way is the account's events. */
  'ask the session': {
    features: ['return_url', 'idempotency', 'checkout_status'],
    of: 'checkoutStatus',
  },
  /** ComfyUI's own contract; the other way is the balance. */
  'ask events': { features: [], of: 'events' },
} as const satisfies Record<string, { features: readonly string[]; of: keyof Answers }>

const noNetwork = { because: 'localStorage is here: it answers at once, and has no status.' }
/** `unreadable`: what is kept is none of ours, so it is not there. */
const store: Table<{ readonly kept: string } | 'kept'> = {
  ...(leftOut(noNetwork) satisfies Table<never>),
  'broken JSON': { kept: '{"step": "awaiting", "purch' },
  'wrong types': { kept: '{"step": "paid", "at": "now", "purchase": {"attempt": 1}}' },
  'tab killed': 'kept',
}

function leftOut(reason: Pointless): Record<Fault, Pointless> {
  const faults = [...Object.keys(httpFaults), '30 s slow', 'tab killed'] as Fault[]
  return Object.fromEntries(faults.map((fault) => [fault, reason])) as Record<Fault, Pointless>
}

/** By default every tenth trouble of a table, and others of the next; with FULL=1 all of them. */
const EVERY = runs(1, 10)
let tables = 0

/** The cells of a table that are tried, `of` these: each outcome at least once, and a killed tab. */
function each<Cell>(table: Table<Cell>, of: (cell: Cell) => boolean = () => true): [Fault, Cell][] {
  tables += 1
  const faults = Object.keys(table) as Fault[]
  const cells = faults.flatMap((fault): [Fault, Cell][] => {
    const cell = table[fault]
    return isPointless(cell) || !of(cell) ? [] : [[fault, cell]]
  })
  const outcomes = new Set<Cell>()
  return cells.filter(([fault, cell], index) => {
    const isNew = !outcomes.has(cell)
    outcomes.add(cell)
    return isNew || fault === 'tab killed' || index % EVERY === tables % EVERY
  })
}

function isPointless(cell: unknown): cell is Pointless {
  return typeof cell === 'object' && cell !== null && 'because' in cell
}

const open = panelTests()

let tabs: FakeTab[]

beforeAll(() => import('../../../../src/purchase/BuyDialog.vue'))
beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'],
  })
  tabs = []
  fakeTabs(tabs)
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** Lets time go by until it is so. */
async function until(check: () => void, withinMs = 90_000): Promise<void> {
  const end = Date.now() + withinMs
  for (;;) {
    try {
      check()
      return
    } catch (error) {
      if (Date.now() > end) throw error
    }
    await pass(200)
  }
}

async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms)
  // Neither what is loaded nor the network of the test is a timer.
  await vi.dynamicImportSettled()
  await new Promise((resolve) => {
    setImmediate(resolve)
  })
}

function text(key: TextKey): string {
  const [found] = [english, ofPurchases].flatMap(({ comfyuiCredits }) => {
    const leaf = key
      .split('.')
      .reduce<unknown>(
        (texts, name) => (texts as Record<string, unknown> | undefined)?.[name],
        comfyuiCredits,
      )
    return typeof leaf === 'string' ? leaf : []
  })
  if (found === undefined) throw new Error(`No text ${key}`)
  return found.replaceAll('{usd}', '$25.00')
}

const says = (key: TextKey) => until(() => expect(document.body.textContent).toContain(text(key)))
const press = (key: TextKey) => until(() => button(text(key)).click())
const comeBack = (): void => void window.dispatchEvent(new Event('focus'))
/** 10 dollars and 25 more. */
const credited = () =>
  until(() => expect(document.body.textContent).toContain('from 2,110 to 7,385 credits'))

async function buy(): Promise<void> {
  if (!document.querySelector('dialog')) await press('buy.title')
  await until(() => {
    expect(button(text('buy.buy')).disabled).toBe(false)
    expect((find('input[role=spinbutton]') as HTMLInputElement).value).toBe('25')
  })
  // happy-dom does not submit by a click on a button whose form has no action.
  find('form').dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
}

/** A panel whose network can be troubled, call by call. */
class Trouble {
  readonly account = new PanelAccount(10)
  panel: OpenPanel
  /** What is in trouble now, and how; `reached`: the service does its part all the same. */
  now: { readonly of: keyof Answers; readonly fault: Fault; readonly reached?: boolean } | null =
    null
  private readonly made = new Map<string, Awaited<ReturnType<Answers['purchase']>>>()

  constructor(features: readonly string[] = rows['ask the session'].features) {
    this.account.features = features
    this.panel = this.open()
  }

  private open(): OpenPanel {
    return open({
      of: this.account,
      returnUrl: 'https://comfy.invalid/return.html',
      answers: (usual) => {
        const purchase: Answers['purchase'] = async (question) => {
          const key = question.request.headers.get('Idempotency-Key')
          const earlier = key === null ? undefined : this.made.get(key)
          const answer = earlier ?? (await usual.purchase(question))
          if (key !== null) this.made.set(key, answer)
          return answer
        }
        const all = { ...usual, purchase }
        const names = Object.keys(all) as (keyof Answers)[]
        return Object.fromEntries(
          names.map((name) => [
            name,
            (question: Parameters<Answers['purchase']>[0]) =>
              this.answer(name, () => all[name](question)),
          ]),
        ) as unknown as Answers
      },
    })
  }

  private async answer(name: keyof Answers, usual: () => unknown): Promise<unknown> {
    const { now } = this
    if (now === null || now.of !== name) return usual()
    const answer = now.reached ? await usual() : null
    if (now.fault === '30 s slow') {
      await delay(30_000)
      return answer ?? usual()
    }
    return now.fault === 'tab killed' ? never : httpFaults[now.fault]()
  }

  /** The tab of ComfyUI is killed, and ComfyUI is opened in another. */
  reopen(): void {
    vi.clearAllTimers()
    this.panel.credits.dispose()
    document.body.replaceChildren()
    this.now = null
    this.panel = this.open()
  }

  over(): void {
    this.now = null
  }

  /** Stripe's webhook has come. */
  pay(): void {
    const [id] = [...this.account.sessions.keys()].slice(-1)
    this.account.pay(id ?? '')
  }

  get posts(): number {
    return this.panel.asked.filter((call) => call === 'POST /customers/credit').length
  }
}

/** Bought once, credited once, and nothing left to be paid for. */
function expectOnce({ account }: Trouble, { sessions = 1 } = {}): void {
  expect(account.sessions.size).toBe(sessions)
  expect([...account.sessions.values()].filter(({ state }) => state === 'credited')).toHaveLength(1)
  expect(account.usdMicros).toBe(35_000_000)
}

async function payAndComeBack(trouble: Trouble): Promise<void> {
  trouble.pay()
  comeBack()
  await credited()
}

describe('create', () => {
  it.each(each(create))('× %s: %s, and bought once', async (fault, cell) => {
    const trouble = new Trouble()
    await pass(500)
    trouble.now = { of: 'purchase', fault, reached: cell === 'lost' }
    await buy()
    if (fault === 'tab killed') {
      await until(() => expect(trouble.account.sessions.size).toBe(1))
      trouble.reopen()
      await says('buy.undecidedLine')
      await press('buy.show')
    } else await says(`error.${codes[fault]}`)
    if (cell === 'lost') await says('buy.lostTitle')
    if (tabs[0] && fault !== 'tab killed') expect(tabs[0].closed).toBe(true)
    trouble.over()
    if (cell === 'lost') await press('error.tryAgain')
    else await buy()
    await says('buy.awaitingTitle')
    expect(tabs.at(-1)?.urls).toEqual(['https://checkout.stripe.com/c/pay/cs_test_panel_1'])
    await payAndComeBack(trouble)
    expectOnce(trouble)
  })
})

describe('create, where there is no key', () => {
  it.each(each(create, (cell) => cell === 'lost'))(
    '× %s: sent once, said, and found by the events',
    async (fault) => {
      const trouble = new Trouble([])
      await pass(500)
      trouble.now = { of: 'purchase', fault, reached: true }
      await buy()
      await until(() => expect(trouble.account.sessions.size).toBe(1))
      if (fault === 'tab killed') {
        trouble.reopen()
        await press('buy.show')
      }
      await says('buy.lostText')
      trouble.over()
      await pass(60_000)
      expect(() => button(text('error.tryAgain'))).toThrow('No button')
      expect(trouble.posts).toBe(fault === 'tab killed' ? 0 : 1)
      button(text('buy.startOver'))
      await payAndComeBack(trouble)
      expect(trouble.account.usdMicros).toBe(35_000_000)
    },
  )
})

describe('look before buying, where there is no key', () => {
  it.each(each(ask))('× %s: %s, and nothing is sent before it is known', async (fault, cell) => {
    const trouble = new Trouble([])
    await pass(500)
    trouble.now = { of: 'events', fault }
    await buy()
    if (fault === 'tab killed') {
      await until(() => expect(Object.keys(localStorage).join()).toContain(':purchase:'))
      trouble.reopen()
      await press('buy.show')
      await says('buy.lostText')
      await press('buy.cancel')
      await press('buy.startOver')
      expect(trouble.account.sessions.size).toBe(0)
      await buy()
    } else if (cell === 'said') {
      await says(`error.${codes[fault]}`)
      expect(trouble.posts).toBe(0)
      trouble.over()
      await buy()
    }
    await says('buy.awaitingTitle')
    trouble.over()
    await payAndComeBack(trouble)
    expect(trouble.posts).toBe(1)
    expectOnce(trouble)
  })
})

describe('open', () => {
  it.each(each(openPage))('× %s: %s, and the link is there', async () => {
    const trouble = new Trouble()
    await buy()
    const [tab] = tabs
    if (tab) tab.closed = true
    await says('buy.blockedTitle')
    expect(tab?.urls).toEqual([])
    const links = [...document.querySelectorAll<HTMLAnchorElement>('dialog a')]
    expect(links.map(({ textContent }) => textContent)).toContain(text('buy.openPayment'))
    const inATab = links.find(({ target }) => target === '_blank')
    inATab?.addEventListener('click', (event) => event.preventDefault())
    inATab?.click()
    await says('buy.awaitingTitle')
    await payAndComeBack(trouble)
    expectOnce(trouble)
  })
})

describe('pay', () => {
  it.each(each(pay))('× %s: %s, and reported', async (fault, cell) => {
    const trouble = new Trouble()
    await buy()
    await says('buy.awaitingTitle')
    const session = trouble.account.sessions.get('cs_test_panel_1')
    if (!session) throw new Error('There is no session')
    switch (cell) {
      case 'declined':
        session.state = 'failed'
        comeBack()
        await says('buy.declinedTitle')
        await press('buy.startOver')
        await buy()
        await says('buy.awaitingTitle')
        await payAndComeBack(trouble)
        return expectOnce(trouble, { sessions: 2 })
      case 'later':
        session.state = 'processing'
        comeBack()
        await says('buy.paidTitle')
        await pass(30_000)
        break
      case 'away':
        trouble.now = { of: 'checkoutStatus', fault }
        comeBack()
        await says('error.offline')
        trouble.over()
        break
      case 'unpaid':
        if (tabs[0]) tabs[0].closed = true
        await pass(60_000)
        await says('buy.awaitingTitle')
        expect(find('dialog a').textContent).toContain(text('buy.openPaymentAgain'))
    }
    trouble.pay()
    window.dispatchEvent(new Event('online'))
    await credited()
    expectOnce(trouble)
  })
})

describe('return', () => {
  it.each(each(comeBackTo))('× %s: reported all the same', async (fault, { message }) => {
    const trouble = new Trouble()
    await buy()
    await says('buy.awaitingTitle')
    trouble.pay()
    if (fault === 'tab killed') trouble.reopen()
    else {
      if (message !== null) tell(message)
      comeBack()
    }
    await credited()
    expectOnce(trouble)
  })
})

function tell(message: unknown): void {
  const channel = new BroadcastChannel('comfyui-credits')
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has none
  channel.postMessage(message)
  setTimeout(() => channel.close(), 100)
}

describe.each(Object.entries(rows))('%s', (_row, { features, of }) => {
  it.each(each(ask))('× %s: %s, and reported', async (fault, cell) => {
    const trouble = new Trouble(features)
    await buy()
    await says('buy.awaitingTitle')
    trouble.now = { of, fault }
    trouble.pay()
    comeBack()
    if (fault === 'tab killed') {
      await pass(1000)
      trouble.reopen()
    } else if (cell === 'said') {
      await says(`error.${codes[fault]}`)
      button(text('buy.checkNow'))
      trouble.over()
    }
    await credited()
    expectOnce(trouble)
  })
})

/**
 * Credits are said with the figure, so without a balance the popup stays at "received" and the
 * balance says what is wrong; also of a 404, which is a person without credits only at first.
 */
describe('ask balance', () => {
  it.each(each(ask).map(([fault]) => fault))('× %s: received, and reported', async (fault) => {
    const trouble = new Trouble()
    await buy()
    await says('buy.awaitingTitle')
    trouble.now = { of: 'balance', fault }
    trouble.pay()
    comeBack()
    await says('buy.paidTitle')
    if (fault === 'tab killed') trouble.reopen()
    else await says(`error.${codes[fault]}`)
    trouble.over()
    await credited()
    expectOnce(trouble)
  })
})

describe('store', () => {
  it.each(each(store))('× %s: nothing is lost', async (_fault, cell) => {
    const key = 'comfyui-credits:purchase:token:person:a1'
    if (cell !== 'kept') localStorage.setItem(key, cell.kept)
    const trouble = new Trouble()
    await buy()
    await says('buy.awaitingTitle')
    if (cell === 'kept') {
      trouble.reopen()
      await says('buy.pendingLine')
    }
    await payAndComeBack(trouble)
    expectOnce(trouble)
  })

  it('× full, or forbidden: it goes on as long as the page is open, and says so', async () => {
    vi.spyOn(window, 'localStorage', 'get').mockReturnValue(fullStorage)
    const trouble = new Trouble()
    await buy()
    await says('buy.forgetful')
    await payAndComeBack(trouble)
    expectOnce(trouble)
  })
})
