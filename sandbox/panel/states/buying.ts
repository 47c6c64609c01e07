import { delay, HttpResponse } from 'msw'
import type { CheckoutState } from '@comfyui-credits/contract/schemas'
import type { Progress, Purchase } from '../../../src/purchase/engine/flow.ts'
import type { PageEvent, PageMessage } from '../../../src/purchase/embedded/messages.ts'
import { storePurchase } from '../../../src/purchase/engine/purchase-storage.ts'
import type { PanelState, Stage } from './state.ts'

const USD_MICROS = 25_000_000
const HOUR = 3_600_000
const PAGE = 'https://checkout.stripe.com/c/pay/'

/** The purchase popup, from the amount to the credits. */
export const buyingStates: Readonly<Record<string, PanelState>> = {
  buy: { next: ({ credits }) => credits.openPurchase() },
  refused: { next: ({ credits }) => credits.openPurchase({ refused: true }) },
  creating: {
    answers: (usual) => ({
      ...usual,
      purchase: async () => {
        await delay('infinite')
        return HttpResponse.error()
      },
    }),
    next: buyNow,
  },
  'buy-failed': {
    answers: (usual) => ({ ...usual, purchase: () => HttpResponse.json({}, { status: 429 }) }),
    next: buyNow,
  },
  blocked: waiting('blocked'),
  waiting: waiting('awaiting'),
  cancelled: waiting('cancelled'),
  paid: waiting('awaiting', 'processing'),
  declined: waiting('awaiting', 'failed'),
  expired: waiting('awaiting', 'expired'),
  credited: waiting('awaiting', 'credited'),
  undecided: known((purchase) => ({ step: 'undecided', code: null, purchase, at: Date.now() })),
  lost: known((purchase) => ({ step: 'undecided', code: 'offline', purchase, at: Date.now() })),
  stopped: known((purchase) => ({ step: 'closed', purchase, at: Date.now() })),
  'waiting-closed': {
    next(stage) {
      stage.account.open(USD_MICROS)
      meet(stage, { step: 'awaiting', purchase: purchaseOf(stage), at: Date.now() })
    },
  },
  payments: { next: showPayments },
  'payment-text': {
    async next(stage) {
      await showPayments(stage)
      await stage.press('.cc-payment .cc-payment-actions > .cc-button:last-child')
    },
  },
  embedded: embedded(),
  'embedded-failed': embedded('failed'),
  'embedded-paid': embedded('completed'),
}

/** Stripe's form in the popup, which loads for good, or says this of itself. */
function embedded(news?: PageEvent): PanelState {
  return {
    host: { embeddedUrl: 'about:blank' },
    async next(stage) {
      await buyNow(stage)
      const frame = await stage.seen('.cc-embedded-frame')
      if (news === undefined || !(frame instanceof HTMLIFrameElement)) return
      const data: PageMessage = { kind: 'embedded-page', news }
      const { origin } = window.location
      const source = frame.contentWindow
      window.dispatchEvent(new MessageEvent('message', { data, origin, source }))
    },
  }
}

/** In the popup, as another tab has left it. */
function known(progressOf: (purchase: Purchase) => Progress): PanelState {
  return {
    async next(stage) {
      stage.account.open(USD_MICROS)
      stage.credits.openPurchase()
      await stage.seen('.cc-buy-form')
      const purchase = purchaseOf(stage)
      meet(stage, { step: 'awaiting', purchase, at: purchase.startedAt })
      meet(stage, progressOf(purchase))
    },
  }
}

/** One of each end, without the popup. */
async function showPayments(stage: Stage): Promise<void> {
  const at = Date.now()
  const ends: readonly ((purchase: Purchase) => Progress)[] = [
    (purchase) => ({ step: 'expired', purchase, at }),
    (purchase) => ({ step: 'undecided', code: null, purchase, at }),
    (purchase) => ({
      step: 'credited',
      afterUsdMicros: 35_000_000,
      evidence: { from: 'checkout-status', sessionId: purchase.sessionId ?? '' },
      purchase,
      at,
    }),
    (purchase) => ({ step: 'cancelled', purchase, at }),
    (purchase) => ({ step: 'failed', code: 'rate-limited', purchase, at }),
    (purchase) => ({ step: 'declined', purchase, at }),
  ]
  for (const [index, progressOf] of ends.entries()) {
    const sessionId = stage.account.open(USD_MICROS)
    const startedAt = at - (ends.length - index) * HOUR
    const purchase = { ...purchaseOf(stage), attempt: `5a3b1${index}`, startedAt, sessionId }
    meet(stage, { step: 'awaiting', purchase, at: startedAt })
    meet(stage, progressOf(purchase))
  }
  await stage.press('.cc-payments > .cc-button')
}

async function buyNow({ credits, press }: Stage): Promise<void> {
  window.open = () => null
  credits.openPurchase()
  await press('.cc-presets button:nth-child(2)')
  await press('.cc-dialog [type=submit]')
}

/** A purchase that another tab began, in the popup; the service says `state` of its payment. */
function waiting(
  step: 'blocked' | 'awaiting' | 'cancelled',
  state: CheckoutState = 'open',
): PanelState {
  return {
    async next(stage) {
      const id = stage.account.open(USD_MICROS)
      const session = stage.account.sessions.get(id)
      if (state === 'credited') stage.account.pay(id)
      else if (session) session.state = state
      stage.credits.openPurchase()
      await stage.seen('.cc-buy-form')
      const purchase = purchaseOf(stage)
      meet(stage, { step: 'awaiting', purchase, at: purchase.startedAt })
      if (step !== 'awaiting') meet(stage, { step, purchase, at: Date.now() })
    },
  }
}

function purchaseOf({ account }: Stage): Purchase {
  const sessionId = [...account.sessions.keys()].at(-1) ?? null
  return {
    attempt: '5a3b1e',
    way: 'page',
    usdMicros: USD_MICROS,
    beforeUsdMicros: 10_000_000,
    startedAt: Date.now() - 1000,
    card: null,
    checkoutUrl: PAGE + String(sessionId),
    sessionId,
    operationId: null,
    earlierEventIds: [],
  }
}

/** As if another tab had stored it. */
export function meet({ accountKey }: Stage, progress: Progress): void {
  storePurchase(localStorage, accountKey, progress)
  const end = `${accountKey}:${progress.purchase.attempt}`
  const key = Object.keys(localStorage).find((name) => name.endsWith(end))
  if (key === undefined) return
  const newValue = localStorage.getItem(key)
  window.dispatchEvent(new StorageEvent('storage', { key, newValue, storageArea: localStorage }))
}
