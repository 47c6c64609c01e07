import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import {
  currentState,
  noPurchases,
  findProgress,
  follow,
  isLost,
  isOpen,
  isWaiting,
  mayClose,
  newerProgress,
  purchaseFlow,
  type PurchasesState,
  type PurchaseAction,
  type PaymentEvent,
  type Progress,
  type Purchase,
  type PurchaseState,
} from '../../../../src/purchase/engine/flow.ts'
import { runs } from '../../support/runs.ts'

const RUNS = runs(100_000, 2000)
vi.setConfig({ testTimeout: 300_000 })

const order = (attempt: string, way: Purchase['way'] = 'page'): Purchase => ({
  attempt,
  way,
  usdMicros: 25_000_000,
  beforeUsdMicros: 10_000_000,
  startedAt: 0,
  card: null,
  checkoutUrl: null,
  sessionId: null,
  operationId: null,
  earlierEventIds: [],
})

const evidence = { from: 'checkout-status', sessionId: 'cs_1' } as const
const start: PurchaseAction = { type: 'start', purchase: order('a') }
const reported = (what: PaymentEvent, attempt = 'a', at = 1): PurchaseAction => ({
  type: 'payment-event',
  attempt,
  event: what,
  at,
})
const created: PaymentEvent = {
  type: 'created',
  checkoutUrl: 'https://checkout.stripe.com/',
  sessionId: 'cs_1',
}
const embedded: PaymentEvent = { type: 'embedded', sessionId: 'cs_0' }
const credited: PaymentEvent = { type: 'credited', evidence, afterUsdMicros: 35_000_000 }
const begunWith = (...all: PaymentEvent[]): PurchaseAction[] => [
  start,
  ...all.map((what) => reported(what)),
]

const run = (...events: PurchaseAction[]): PurchasesState =>
  events.reduce(purchaseFlow, noPurchases)
const after = (...all: PaymentEvent[]): PurchaseState => currentState(run(...begunWith(...all)))

describe('the purchase flow', () => {
  it('goes from the amount to the credits', () => {
    expect(currentState(noPurchases).step).toBe('choosing')
    expect(after().step).toBe('creating')
    expect(after(created).step).toBe('opening')
    expect(after(created, { type: 'tab-opened' }).step).toBe('awaiting')
    expect(after(created, { type: 'tab-opened' }, { type: 'paid' }).step).toBe('paid')
    expect(after(created, { type: 'tab-opened' }, { type: 'paid' }, credited)).toEqual({
      step: 'credited',
      at: expect.any(Number) as number,
      purchase: {
        ...order('a'),
        checkoutUrl: 'https://checkout.stripe.com/',
        sessionId: 'cs_1',
      },
      afterUsdMicros: 35_000_000,
      evidence,
    })
  })

  describe('of what is paid inside our page', () => {
    const inside = (...all: PaymentEvent[]) =>
      currentState(
        run(
          { type: 'start', purchase: order('a', 'embedded') },
          ...all.map((what) => reported(what)),
        ),
      )

    it('waits for the payment at once: there is no page to open', () => {
      expect(inside(embedded)).toMatchObject({
        step: 'awaiting',
        purchase: { way: 'embedded', sessionId: 'cs_0', checkoutUrl: null },
      })
      expect(inside(embedded, { type: 'paid' }, credited).step).toBe('credited')
    })

    it('goes on as on a page when one has taken its place', () => {
      expect(inside(embedded, created)).toMatchObject({
        step: 'opening',
        purchase: { way: 'page', sessionId: 'cs_1' },
      })
      expect(inside(embedded, created, { type: 'tab-blocked' }).step).toBe('blocked')
      expect(inside(created)).toMatchObject({ step: 'opening', purchase: { way: 'page' } })
    })

    it('takes no page when it was paid meanwhile', () => {
      expect(inside(embedded, { type: 'paid' }, created)).toMatchObject({
        step: 'paid',
        purchase: { way: 'embedded' },
      })
    })

    it('is shown again after nobody looked for long, and is not lost', () => {
      const late = inside(embedded, { type: 'gave-up' })
      expect(late.step).toBe('undecided')
      expect(isLost(late)).toBe(false)
      expect(inside(embedded, { type: 'gave-up' }, { type: 'reopened' }).step).toBe('awaiting')
    })
  })

  it('charges a saved card only after the question', () => {
    const charge: PurchaseAction = { type: 'start', purchase: order('a', 'card') }
    expect(run(charge)).toBe(noPurchases)
    const asked = run({ type: 'confirm', usdMicros: 25_000_000, card: null }, charge)
    expect(currentState(asked).step).toBe('creating')
    const charged = purchaseFlow(asked, reported({ type: 'charged', operationId: 'op' }))
    expect(currentState(charged).step).toBe('paid')
  })

  it('follows the bank’s question to the holder of a card, and of nothing else', () => {
    const question = { actionUrl: 'https://hooks.stripe.com/1', failed: false } as const
    const asks = { type: 'authenticate', ...question } as const
    const charged: Progress = { step: 'paid', purchase: order('a', 'card'), at: 1 }
    const asked = follow(charged, asks, 2)
    expect(asked).toEqual({
      step: 'authenticating',
      purchase: charged.purchase,
      at: 2,
      ...question,
    })
    // The same again is no change, which would be stored and sent to every tab.
    expect(follow(asked, asks, 3)).toBe(asked)
    expect(follow(asked, { ...asks, failed: true }, 3)).toMatchObject({ failed: true })
    expect(isWaiting(asked)).toBe(true)
    expect(follow(asked, { type: 'paid' }, 3).step).toBe('paid')
    expect(follow(asked, { type: 'declined', recovery: 'retry' }, 3)).toMatchObject({
      step: 'declined',
      recovery: 'retry',
    })
    expect(follow(asked, { type: 'gave-up' }, 3).step).toBe('undecided')
    const onPage: Progress = { step: 'awaiting', purchase: order('a'), at: 1 }
    expect(follow(onPage, asks, 2)).toBe(onPage)
  })

  it('starts one purchase however often Buy is clicked', () => {
    const twice = run(start, { type: 'start', purchase: order('b') }, start)
    expect(twice.purchases).toHaveLength(1)
  })

  it('takes credits at every step: money that came has come', () => {
    for (const type of ['cancelled', 'tab-blocked', 'gave-up', 'closed', 'expired'] as const) {
      expect(after(created, { type }, credited).step).toBe('credited')
    }
    expect(after({ type: 'lost', code: 'timeout' }, credited).step).toBe('credited')
    expect(after({ type: 'refused', code: 'server' }, credited).step).toBe('credited')
  })

  it('does not fall from paid back to waiting when the page is opened again or left', () => {
    const paid = [created, { type: 'tab-opened' }, { type: 'paid' }] as const
    for (const type of ['reopened', 'cancelled', 'closed'] as const) {
      expect(after(...paid, { type }).step).toBe('paid')
    }
  })

  it('keeps a purchase whose answer was lost undecided, and sends it again as the same one', () => {
    const lost = after({ type: 'lost', code: 'timeout' })
    expect(lost).toMatchObject({ step: 'undecided', code: 'timeout' })
    expect(isLost(lost)).toBe(true)
    const again = run(
      ...begunWith({ type: 'lost', code: 'timeout' }, { type: 'repeated' }, created),
    )
    expect(again.purchases).toHaveLength(1)
    expect(currentState(again).step).toBe('opening')
  })

  it('goes back to the amount with the reason when nothing was made, and starts again from there', () => {
    const refused = run(...begunWith({ type: 'refused', code: 'offline' }))
    expect(currentState(refused)).toMatchObject({ step: 'failed', code: 'offline' })
    const next = purchaseFlow(refused, { type: 'start', purchase: order('b') })
    expect(currentState(next)).toMatchObject({ step: 'creating', purchase: { attempt: 'b' } })
  })

  it('lets go of a purchase whose answer comes after a Cancel', () => {
    expect(after({ type: 'closed' }, created)).toMatchObject({
      step: 'closed',
      purchase: { sessionId: 'cs_1' },
    })
  })

  it('shows the purchase that another tab has begun in place of its own form', () => {
    const other: Progress = { step: 'creating', purchase: order('b'), at: 0 }
    expect(currentState(run({ type: 'met', progress: other }))).toBe(other)
    const busy = run(start, { type: 'met', progress: other })
    expect(currentState(busy)).toMatchObject({ purchase: { attempt: 'a' } })
    expect(busy.purchases).toHaveLength(2)
  })

  it('gives way to another tab that was first, before anything was sent', () => {
    const other: Progress = { step: 'creating', purchase: order('b'), at: 0 }
    const gone = run(
      start,
      { type: 'met', progress: other },
      { type: 'gave-way', attempt: 'a', to: 'b' },
    )
    expect(gone.purchases).toEqual([other])
    expect(currentState(gone)).toBe(other)
  })
})

const attempts = ['a', 'b', 'c'] as const
const anyAttempt = fc.constantFrom(...attempts)
const anyPaymentEvent = fc.constantFrom<PaymentEvent[]>(
  { type: 'prepared', earlierEventIds: ['e'] },
  created,
  embedded,
  { type: 'charged', operationId: 'op' },
  { type: 'refused', code: 'offline' },
  { type: 'lost', code: 'timeout' },
  { type: 'repeated' },
  { type: 'tab-opened' },
  { type: 'tab-blocked' },
  { type: 'reopened' },
  { type: 'paid' },
  { type: 'paid', recovery: 'contact_support' },
  { type: 'authenticate', actionUrl: 'https://hooks.stripe.com/1', failed: false },
  { type: 'authenticate', actionUrl: null, failed: true },
  { type: 'cancelled' },
  { type: 'expired' },
  { type: 'declined', recovery: 'retry' },
  { type: 'gave-up' },
  { type: 'closed' },
  credited,
)
const anyWay = fc.constantFrom('page', 'card', 'embedded')
const anyEvent: fc.Arbitrary<PurchaseAction> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.tuple(anyPaymentEvent, anyAttempt, fc.nat(20)).map((all) => reported(...all)),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(anyAttempt, anyWay)
      .map(([attempt, way]) => ({ type: 'start' as const, purchase: order(attempt, way) })),
  },
  fc.constant<PurchaseAction>({ type: 'confirm', usdMicros: 5_000_000, card: null }),
  fc.option(anyAttempt).map((attempt) => ({ type: 'show' as const, attempt })),
  // What another tab has to tell went through the same reducer there.
  fc
    .tuple(anyAttempt, anyWay, fc.array(fc.tuple(anyPaymentEvent, fc.nat(20)), { maxLength: 5 }))
    .map(([attempt, way, all]) => ({ type: 'met' as const, progress: reached(attempt, way, all) })),
)
const anyEvents = fc.array(anyEvent, { maxLength: 30, size: 'max' })

function reached(attempt: string, way: Purchase['way'], all: [PaymentEvent, number][]): Progress {
  const begun: PurchasesState = {
    ...noPurchases,
    purchases: [{ step: 'creating', purchase: order(attempt, way), at: 0 }],
  }
  const purchasesState = all
    .map(([what, at]) => reported(what, attempt, at))
    .reduce(purchaseFlow, begun)
  const progress = findProgress(purchasesState, attempt)
  if (!progress) throw new Error('A purchase went missing')
  return progress
}

/** Checks each step that any events lead through. */
function expectAlways(
  check: (before: PurchasesState, action: PurchaseAction, purchasesState: PurchasesState) => void,
): void {
  fc.assert(
    fc.property(anyEvents, (events) => {
      let purchasesState = noPurchases
      for (const action of events) {
        const before = purchasesState
        purchasesState = purchaseFlow(before, action)
        check(before, action, purchasesState)
      }
    }),
    { numRuns: RUNS },
  )
}

const stepOf = (purchasesState: PurchasesState, attempt: string) =>
  findProgress(purchasesState, attempt)?.step

describe('whatever happens in whatever order, the purchase flow', () => {
  it('says credited only of a purchase of which evidence has just come, and never unsays it', () => {
    expectAlways((before, action, purchasesState) => {
      for (const { step, purchase } of purchasesState.purchases) {
        if (step !== 'credited' || stepOf(before, purchase.attempt) === 'credited') continue
        const byEvent =
          action.type === 'payment-event' &&
          action.event === credited &&
          action.attempt === purchase.attempt
        const byTab = action.type === 'met' && action.progress.step === 'credited'
        if (!byEvent && !byTab) throw new Error(`Credited by ${action.type}`)
      }
      for (const { step, purchase } of before.purchases) {
        if (step === 'credited' && stepOf(purchasesState, purchase.attempt) !== 'credited') {
          throw new Error('Credits were unsaid')
        }
      }
    })
  })

  it('forgets no purchase, nor the page and the session that it is found by', () => {
    expectAlways((before, action, purchasesState) => {
      for (const { purchase } of before.purchases) {
        const now = findProgress(purchasesState, purchase.attempt)
        if (!now) throw new Error('Forgotten')
        // The service finds the page's by the embedded one's, and so do we.
        const moved =
          action.type === 'payment-event' && action.event === created && purchase.way === 'embedded'
        const same = action.type === 'met' || now.purchase.sessionId === purchase.sessionId || moved
        if (!same && purchase.sessionId !== null) throw new Error('Its session is forgotten')
      }
    })
  })

  it('ends nothing that may be paid but by the service’s word or the person’s', () => {
    expectAlways((before, action, purchasesState) => {
      for (const { purchase, ...was } of before.purchases) {
        const now = findProgress(purchasesState, purchase.attempt)
        if (!now || !isOpen({ purchase, ...was } as Progress) || isOpen(now)) continue
        const words = ['refused', 'expired', 'declined', 'closed', 'credited']
        if (action.type === 'payment-event' && words.includes(action.event.type)) continue
        if (action.type === 'met') continue
        throw new Error(`Ended by ${action.type}`)
      }
    })
  })

  it('asks about nothing that has ended', () => {
    expectAlways((_before, _event, purchasesState) => {
      for (const progress of purchasesState.purchases) {
        if (isWaiting(progress) && !isOpen(progress)) throw new Error('Waits after the end')
      }
    })
  })

  it('does not begin again what has ended', () => {
    expectAlways((before, action, purchasesState) => {
      if (action.type === 'met') return
      for (const progress of before.purchases) {
        const now = findProgress(purchasesState, progress.purchase.attempt)
        if (now && !isOpen(progress) && isOpen(now)) throw new Error(`Begun by ${action.type}`)
      }
    })
  })

  it('has a way out: to another amount at any time, and out of all that is not being paid', () => {
    expectAlways((_before, _event, purchasesState) => {
      const out = purchaseFlow(purchasesState, { type: 'show', attempt: null })
      if (currentState(out).step !== 'choosing') throw new Error('No way to another amount')
      for (const progress of purchasesState.purchases) {
        const { attempt } = progress.purchase
        const closed = purchaseFlow(purchasesState, reported({ type: 'closed' }, attempt))
        const ended = stepOf(closed, attempt) === 'closed'
        if (mayClose(progress) && !ended) throw new Error(`No way out of ${progress.step}`)
      }
    })
  })

  it('shows only what is there', () => {
    expectAlways((_before, _event, purchasesState) => {
      if (purchasesState.shown !== null && !findProgress(purchasesState, purchasesState.shown))
        throw new Error('Shows nothing')
    })
  })
})

describe('two tabs that tell of the same purchase', () => {
  const anyProgress = fc
    .tuple(anyWay, fc.array(fc.tuple(anyPaymentEvent, fc.nat(20)), { maxLength: 6 }))
    .map(([way, all]) => reached('a', way, all))

  it('end with credits when one of them knows of them, and with the later event else', () => {
    fc.assert(
      fc.property(anyProgress, anyProgress, (a, b) => {
        const [one, other] = [newerProgress(a, b), newerProgress(b, a)]
        expect([one.step === 'credited', one.at]).toEqual([other.step === 'credited', other.at])
        const credits = a.step === 'credited' || b.step === 'credited'
        expect(one.step === 'credited').toBe(credits)
        expect(credits || one.at === Math.max(a.at, b.at)).toBe(true)
      }),
    )
  })

  it('know which is the later though the clock stood between, or was put back', () => {
    const before = reached('a', 'page', [])
    const lost = follow(before, { type: 'lost', code: null }, before.at - 1000)
    expect(newerProgress(before, lost)).toBe(lost)
    expect(newerProgress(lost, before)).toBe(lost)
  })
})
